import type { EngineInfo } from '../device.ts';
import type { PassOutputs } from '../engine/batchedOutputs.ts';
import { givenCores } from '../engine/coreSource.ts';
import type { ForwardRequest } from '../engine/session.ts';
import { BeitError, check, throwIfAborted } from '../errors.ts';
import type { CreateFile } from '../loading/createFile.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { LoadReport } from '../loading/loadWeights.ts';
import type { SavePretrainedOptions } from '../loading/savePretrained.ts';
import { isModelFiles, type ModelSource, openSource } from '../loading/source.ts';
import type { ArchitectureKey } from '../model/beit/architecture.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import type { StartModelWorker } from '../platform/modelWorker.ts';
import type { StartThread } from '../wasm/threads/thread.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import type { Channel } from './channel.ts';
import { fileMethods, writeMethods } from './hostedFiles.ts';
import type { ImageTaskInput, ImageTaskName, ImageTaskOutput } from './imageTasks.ts';
import type { ModelHandle } from './modelHandle.ts';
import { pictureCopies } from './pictureCopies.ts';
import { withTensors } from './plainData.ts';
import { absolute, canReopen, type Description, type LoadCall, plainOptions, type RunAnswer } from './protocol.ts';
import type { AttachCall, SharedModel } from './sharedModel.ts';
import { WorkerHost } from './workerHost.ts';

/** What the worker has to send its threads home before it is ended, in milliseconds. */
const LEAVE_MS = 200;

/**
 * A model in a worker of its own: its memory, its kernels and its loading are there, and this thread stays free. When the
 * worker dies, what is pending is rejected with `WorkerFailed`, and the next call starts another and loads again.
 */
export class RemoteModel implements ModelHandle {
  readonly #startHost: () => Promise<void>;
  #host!: WorkerHost;
  #restarting: Promise<Channel> | null = null;
  #reload: (() => Promise<void>) | null = null;
  #disposed = false;
  #files: ModelFiles | null = null;
  #create: CreateFile | null = null;
  #onProgress: LoadOptions['onProgress'];
  #onWarning: LoadOptions['onWarning'];
  #config: BeitConfig | null = null;
  #description: Description | null = null;

  /** Resolves when the worker is up. @throws `WorkerFailed` */
  static async start(startWorker: StartModelWorker, startThread: StartThread | null): Promise<RemoteModel> {
    const model = new RemoteModel(startWorker, startThread);
    await model.#startHost();
    return model;
  }

  private constructor(startWorker: StartModelWorker, startThread: StartThread | null) {
    this.#startHost = async () => {
      this.#host = await WorkerHost.start(startWorker, startThread, {
        progress: (event) => this.#onProgress?.(event),
        warning: (message) => this.#onWarning?.(message),
        ...fileMethods(() => this.#files!),
        ...writeMethods(() => this.#create!),
      });
    };
  }

  /** Loads from `source`, or initializes `options.config` at random when it is null. */
  async load(source: ModelSource | null, architecture: ArchitectureKey, options: LoadOptions): Promise<void> {
    throwIfAborted(options.signal);
    await this.#load(source, architecture, options);
    const again = { ...options, signal: undefined };
    if (canReopen(source)) this.#reload = () => this.#load(source, architecture, again);
  }

  async #load(source: ModelSource | null, { name, variant }: ArchitectureKey, options: LoadOptions): Promise<void> {
    const call: LoadCall = {
      architecture: { name, variant },
      source: source === null ? null : await this.#sourceOf(source, options),
      config: options.config?.toJSON() ?? null,
      options: plainOptions(options),
      cores: givenCores(),
    };
    this.#onProgress = options.onProgress;
    this.#onWarning = options.onWarning;
    this.#description = await this.#host.channel.call<Description>('load', call, options.signal);
    this.#config = BeitConfig.fromJSON(this.#description.config);
    this.#files = null;
  }

  /** What other workers need to compute with the weights of this one; from now on it is replaced in the same way. */
  async share(seat: Omit<AttachCall, 'shared'>): Promise<SharedModel> {
    const shared = await this.#host.channel.call<SharedModel>('share', null);
    this.#reload = () => this.#attach({ ...seat, shared });
    return shared;
  }

  /** Computes with weights that another worker loaded. */
  async attach(call: AttachCall): Promise<void> {
    this.#reload = () => this.#attach(call);
    await this.#attach(call);
  }

  async #attach(call: AttachCall): Promise<void> {
    this.#description = await this.#host.channel.call<Description>('attach', call);
    this.#config = BeitConfig.fromJSON(this.#description.config);
  }

  /** Whether a call finds its worker up. */
  get alive(): boolean {
    return !this.#restarting && !this.#host.channel.closed;
  }

  /** The way to a worker that lives. */
  async #channel(): Promise<Channel> {
    const { channel } = this.#host;
    if (!this.#restarting && (!channel.closed || this.#disposed)) return channel;
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = null;
    });
    return this.#restarting;
  }

  async #restart(): Promise<Channel> {
    check(
      this.#reload,
      'WorkerFailed',
      'Cannot run: the worker died and the bytes of the model were not kept, load it again',
    );
    await this.#host.end(); // its threads must not write into the memory of the next
    await this.#startHost();
    if (this.#disposed) this.dispose();
    try {
      await this.#reload();
    } catch (error) {
      this.#host.close(error as BeitError);
      throw error;
    }
    return this.#host.channel;
  }

  /** Functions cannot cross: what needs one is read here, everything else there. */
  async #sourceOf(source: ModelSource, options: LoadOptions): Promise<LoadCall['source']> {
    if (source instanceof URL) return this.#sourceOf(source.href, options);
    if (typeof source === 'string' && !options.fetch) return { source: absolute(source) };
    if (typeof source !== 'string' && !isModelFiles(source)) return { source };
    if (typeof source !== 'string' && source.origin && !options.fetch) {
      const origin = await source.origin();
      return { ...origin, source: absolute(origin.source) };
    }
    this.#files = await openSource(source, options);
    const { file, reportsProgress } = this.#files;
    return { page: { file, reportsProgress } };
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

  async run(request: ForwardRequest, signal?: AbortSignal): Promise<PassOutputs> {
    const channel = await this.#channel();
    const { outputs, ...now } = await channel.call<RunAnswer>('run', request, signal);
    this.#description = { ...this.#description!, ...now };
    return withTensors(outputs);
  }

  async runImageTask<K extends ImageTaskName>(
    name: K,
    input: ImageTaskInput<K>,
    signal?: AbortSignal,
  ): Promise<ImageTaskOutput<K>> {
    const transfer: Transferable[] = [];
    const copied = 'pictures' in input ? { ...input, pictures: await pictureCopies(input.pictures, transfer) } : input;
    const channel = await this.#channel();
    try {
      return withTensors(
        await channel.call<ImageTaskOutput<K>>('runImageTask', { name, input: copied }, signal, transfer),
      );
    } catch (error) {
      // what cannot be cloned is not a picture: the task throws the error for it here
      if ((error as Error).name !== 'DataCloneError') throw error;
      const { runImageTask } = await import('./imageTasks.ts');
      return runImageTask(name, input, signal);
    }
  }

  async save(create: CreateFile, { signal, ...options }: SavePretrainedOptions = {}): Promise<string[]> {
    const channel = await this.#channel();
    this.#create = create;
    return channel.call('save', options, signal);
  }

  dispose(): void {
    this.#disposed = true;
    const host = this.#host;
    host.channel.call('dispose', null).catch(() => {});
    host.channel.close(new BeitError('Disposed', 'Cannot use the model: it was disposed of'));
    setTimeout(() => void host.end(), LEAVE_MS);
  }
}
