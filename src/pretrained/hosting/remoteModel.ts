import { BeitError, throwIfAborted } from '../../errors.ts';
import type { Architecture } from '../../model/beit/architecture.ts';
import { BeitConfig } from '../../model/beit/config.ts';
import type { ModelWorker, StartModelWorker } from '../../platform/modelWorker.ts';
import type { EngineInfo } from '../../wasm/engine.ts';
import type { StartThread } from '../../wasm/threads/thread.ts';
import type { ModelFiles } from '../../weights/byteSource.ts';
import type { Collected } from '../collector.ts';
import { givenCores } from '../coreHost.ts';
import type { LoadOptions } from '../loadModel.ts';
import type { LoadReport } from '../loadWeights.ts';
import type { ModelHandle } from '../modelHandle.ts';
import type { CreateFile, SavePretrainedOptions } from '../savePretrained.ts';
import type { ForwardRequest } from '../session.ts';
import { isModelFiles, type ModelSource, openSource } from '../source.ts';
import { doStep, type StepInput, type StepName, type StepOutput } from '../steps.ts';
import { Channel } from './channel.ts';
import { fileMethods, writeMethods } from './hostedFiles.ts';
import { PageThreads } from './pageThreads.ts';
import { pictureCopies } from './pictureCopies.ts';
import { withTensors } from './plainData.ts';
import type { Description, LoadCall, PlainOptions, RunAnswer } from './protocol.ts';

/** What the worker has to send its threads home before it is ended, in milliseconds. */
const LEAVE_MS = 200;

/** A model in a worker of its own: its memory, its kernels and its loading are there, and this thread stays free. */
export class RemoteModel implements ModelHandle {
  readonly #worker: ModelWorker;
  readonly #channel: Channel;
  readonly #threads: PageThreads;
  #files: ModelFiles | null = null;
  #create: CreateFile | null = null;
  #onProgress: LoadOptions['onProgress'];
  #config: BeitConfig | null = null;
  #description: Description | null = null;

  /** Resolves when the worker is up. @throws `WorkerFailed` */
  static start(startWorker: StartModelWorker, startThread: StartThread | null): Promise<RemoteModel> {
    return new Promise((resolve, reject) => {
      const model: RemoteModel = new RemoteModel(startWorker, startThread, () => resolve(model), reject);
    });
  }

  private constructor(
    startWorker: StartModelWorker,
    startThread: StartThread | null,
    hello: () => void,
    failed: (error: BeitError) => void,
  ) {
    this.#threads = new PageThreads(startThread, () => this.#channel);
    this.#worker = startWorker((cause) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      const error = new BeitError('WorkerFailed', `The worker of the model failed: ${why}`, { cause });
      this.#channel.close(error);
      this.#end();
      failed(error);
    });
    this.#channel = new Channel(this.#worker.port, {
      hello,
      progress: (event) => this.#onProgress?.(event),
      ...this.#threads.methods,
      ...fileMethods(() => this.#files!),
      ...writeMethods(() => this.#create!),
    });
  }

  /** Loads from `source`, or initialises `options.config` at random when it is null. */
  async load(
    source: ModelSource | null,
    { name, variant }: Pick<Architecture, 'name' | 'variant'>,
    options: LoadOptions,
  ): Promise<void> {
    throwIfAborted(options.signal);
    const call: LoadCall = {
      architecture: { name, variant },
      source: source === null ? null : await this.#sourceOf(source, options),
      config: options.config?.toJSON() ?? null,
      options: plain(options),
      cores: givenCores(),
    };
    this.#onProgress = options.onProgress;
    this.#description = await this.#channel.call<Description>('load', call, options.signal);
    this.#config = BeitConfig.fromJSON(this.#description.config);
    this.#files = null;
  }

  /** Functions cannot cross: what needs one is read here, everything else there. */
  async #sourceOf(source: ModelSource, options: LoadOptions): Promise<LoadCall['source']> {
    if (typeof source === 'string' && !options.fetch) return { source: absolute(source) };
    if (typeof source !== 'string' && !isModelFiles(source)) return { source };
    this.#files = await openSource(source, options);
    return { page: { file: this.#files.file } };
  }

  get config(): BeitConfig {
    return this.#config!;
  }

  get report(): LoadReport {
    return this.#description!.report;
  }

  get memory(): number {
    return this.#description!.memory;
  }

  get engine(): EngineInfo {
    return this.#description!.engine;
  }

  async run(request: ForwardRequest, signal?: AbortSignal): Promise<Collected> {
    const { named, ...now } = await this.#channel.call<RunAnswer>('run', request, signal);
    this.#description = { ...this.#description!, ...now };
    return withTensors(named);
  }

  async step<K extends StepName>(name: K, input: StepInput<K>, signal?: AbortSignal): Promise<StepOutput<K>> {
    const transfer: Transferable[] = [];
    const copied = 'pictures' in input ? { ...input, pictures: await pictureCopies(input.pictures, transfer) } : input;
    try {
      return withTensors(await this.#channel.call<StepOutput<K>>('step', { name, input: copied }, signal, transfer));
    } catch (error) {
      // what cannot cross is no picture: the refusal is made here
      if ((error as Error).name === 'DataCloneError') return doStep(name, input, signal);
      throw error;
    }
  }

  save(create: CreateFile, options: SavePretrainedOptions = {}): Promise<string[]> {
    this.#create = create;
    return this.#channel.call('save', options);
  }

  dispose(): void {
    this.#channel.call('dispose', null).catch(() => {});
    this.#channel.close(new BeitError('Disposed', 'Cannot use the model: it was disposed of'));
    setTimeout(() => this.#end(), LEAVE_MS);
  }

  #end(): void {
    this.#threads.end();
    this.#worker.terminate();
  }
}

function plain(options: LoadOptions): PlainOptions {
  const { config: _, onProgress: _1, signal: _2, fetch: _3, worker: _4, startThread: _5, ...rest } = options;
  return rest;
}

/** A path that begins with a dot or a slash is relative to the page, not to the script of the worker. */
function absolute(source: string): string {
  return /^\.{0,2}\//.test(source) ? new URL(source, document.baseURI).href : source;
}
