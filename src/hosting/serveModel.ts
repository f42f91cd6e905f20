import { init } from '../engine/coreSource.ts';
import type { ForwardRequest } from '../engine/session.ts';
import { check } from '../errors.ts';
import type { SavePretrainedOptions } from '../loading/savePretrained.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import type { Port } from '../platform/modelWorker.ts';
import type { StartThread } from '../wasm/threads/thread.ts';
import { Channel, type Methods, Transferred } from './channel.ts';
import { createOnPage, filesOfPage } from './hostedFiles.ts';
import { createLocal, LocalModel, openLocal } from './localModel.ts';
import { ThreadsOfPage } from './pageThreads.ts';
import { buffersOf } from './plainData.ts';
import type { Description, ImageTaskCall, LoadCall, RunAnswer } from './protocol.ts';
import type { AttachCall } from './sharedModel.ts';

/**
 * Keeps one model for the other end of `port`: loads it, runs it, saves it. Threads are started here by `startThread`, or
 * else by the other end; `others` need no model.
 */
export function serveModel(port: Port, startThread: StartThread | null = null, others: Methods = {}): void {
  let model: LocalModel | null = null;
  const loaded = (): LocalModel => {
    check(model, 'InvalidArgument', 'Cannot run: no model was loaded');
    return model;
  };
  const threads = new ThreadsOfPage(() => channel);
  const methods: Methods = {
    ...threads.methods,
    ...others,
    async load(call: LoadCall, signal): Promise<Description> {
      // workers that share a memory end with their threads, so these are started where both are known
      const start = call.options.seat ? threads.start : (startThread ?? threads.start);
      model = await load(channel, call, signal, start);
      return descriptionOf(model);
    },
    share: async () => (await import('./sharedModel.ts')).sharedModelOf(loaded().model),
    async attach(call: AttachCall): Promise<Description> {
      const { attachModel } = await import('./sharedModel.ts'); // pages never do
      model = new LocalModel(await attachModel(call, threads.start));
      return descriptionOf(model);
    },
    run: (request: ForwardRequest, signal) => run(loaded(), request, signal),
    runImageTask: async ({ name, input }: ImageTaskCall, signal) =>
      transferred(await loaded().runImageTask(name, input, signal)),
    dispose: () => model?.dispose(),
    save: (options: SavePretrainedOptions, signal) => loaded().save(createOnPage(channel), { ...options, signal }),
  };
  const channel = new Channel(port, methods);
  void channel.call('hello', null);
}

function descriptionOf({ config, report, memory, engine }: LocalModel): Description {
  return { config: config.toJSON(), report, memory, engine };
}

async function load(
  channel: Channel,
  call: LoadCall,
  signal: AbortSignal,
  startThread: StartThread,
): Promise<LocalModel> {
  for (const module of call.cores.values()) await init({ module });
  const config = call.config === null ? undefined : BeitConfig.fromJSON(call.config);
  if (!call.source) return createLocal(config!, call.architecture, { ...call.options, startThread });
  const { source, revision } =
    'page' in call.source ? { source: filesOfPage(channel, call.source.page), revision: undefined } : call.source;
  const onProgress = (event: unknown) => void channel.call('progress', event);
  const pinned = revision === undefined ? {} : { revision };
  const onWarning = (message: string) => void channel.call('warning', message);
  const options = { ...call.options, ...pinned, startThread, config, onProgress, onWarning, signal };
  return openLocal(source, call.architecture, options);
}

async function run(model: LocalModel, request: ForwardRequest, signal: AbortSignal): Promise<Transferred> {
  const outputs = await model.run(request, signal);
  const answer: RunAnswer = { outputs, memory: model.memory, engine: model.engine };
  return transferred(answer);
}

/** An answer is transferred, not copied: it is not used here afterwards. */
function transferred(answer: unknown): Transferred {
  return new Transferred(answer, [...buffersOf(answer)]);
}
