import type { EngineInfo } from '../device.ts';
import type { PassOutputs } from '../engine/batchedOutputs.ts';
import type { ForwardRequest } from '../engine/session.ts';
import { BeitError, throwIfAborted } from '../errors.ts';
import type { CreateFile } from '../loading/createFile.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { LoadReport } from '../loading/loadWeights.ts';
import type { SavePretrainedOptions } from '../loading/savePretrained.ts';
import type { ModelSource } from '../loading/source.ts';
import type { ArchitectureKey } from '../model/beit/architecture.ts';
import type { BeitConfig } from '../model/beit/config/config.ts';
import type { StartModelWorker } from '../platform/modelWorker.ts';
import { Regions } from '../wasm/regions.ts';
import type { StartThread } from '../wasm/threads/thread.ts';
import type { ImageTaskInput, ImageTaskName, ImageTaskOutput } from './imageTasks.ts';
import type { ModelHandle } from './modelHandle.ts';
import { RemoteModel } from './remoteModel.ts';

interface Waiting {
  readonly go: (worker: RemoteModel) => void;
  readonly fail: (error: BeitError) => void;
}

/**
 * A model in several workers over one memory: the first loads the weights, the others compute with them. Each has buffers of
 * its own, and does one thing at a time. One that terminates is replaced by the next call that needs it.
 */
export class PooledModel implements ModelHandle {
  readonly #regions: Regions;
  readonly #workers: readonly RemoteModel[];
  readonly #idle: RemoteModel[];
  readonly #waiting: Waiting[] = [];
  #disposed = false;

  /** Loads from `source`, or initializes `options.config` at random when it is null. @throws what loading throws, `WorkerFailed` */
  static async open(
    startWorker: StartModelWorker,
    startThread: StartThread | null,
    source: ModelSource | null,
    architecture: ArchitectureKey,
    options: LoadOptions,
  ): Promise<PooledModel> {
    const regions = Regions.create(options.workers!);
    const { buffer } = regions;
    const workers: RemoteModel[] = [];
    const start = async (index: number) => {
      const worker = await RemoteModel.start(watched(startWorker, regions, index), startThread);
      workers.push(worker);
      return worker;
    };
    try {
      const first = await start(0);
      await first.load(source, architecture, { ...options, seat: { index: 0, regions: buffer, core: null } });
      const shared = await first.share({ index: 0, regions: buffer });
      const others = Array.from({ length: options.workers! - 1 }, async (_, i) => {
        await (await start(i + 1)).attach({ shared, index: i + 1, regions: buffer });
      });
      await Promise.all(others);
      return new PooledModel(regions, workers);
    } catch (error) {
      for (const worker of workers) worker.dispose();
      throw error;
    }
  }

  private constructor(regions: Regions, workers: readonly RemoteModel[]) {
    this.#regions = regions;
    this.#workers = workers;
    this.#idle = [...workers];
  }

  get config(): BeitConfig {
    return this.#workers[0].config;
  }

  get report(): LoadReport {
    return this.#workers[0].report;
  }

  get memory(): number {
    return this.#regions.end;
  }

  get engine(): EngineInfo {
    return this.#workers[0].engine;
  }

  run(request: ForwardRequest, signal?: AbortSignal): Promise<PassOutputs> {
    return this.#withWorker((worker) => worker.run(request, signal), signal);
  }

  runImageTask<K extends ImageTaskName>(
    name: K,
    input: ImageTaskInput<K>,
    signal?: AbortSignal,
  ): Promise<ImageTaskOutput<K>> {
    return this.#withWorker((worker) => worker.runImageTask(name, input, signal), signal);
  }

  save(create: CreateFile, options: SavePretrainedOptions = {}): Promise<string[]> {
    return this.#withWorker((worker) => worker.save(create, options), options.signal);
  }

  /** What waits is rejected with `Disposed`. */
  dispose(): void {
    this.#disposed = true;
    for (const { fail } of this.#waiting.splice(0)) fail(disposed());
    for (const worker of this.#workers) worker.dispose();
  }

  async #withWorker<T>(work: (worker: RemoteModel) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const worker = await this.#take(signal);
    try {
      return await work(worker);
    } finally {
      this.#giveBack(worker);
    }
  }

  /** A worker that is free, one that is up rather than one that has to be replaced. */
  #take(signal: AbortSignal | undefined): Promise<RemoteModel> | RemoteModel {
    throwIfAborted(signal);
    if (this.#disposed) throw disposed();
    if (this.#idle.length === 0) return this.#wait(signal);
    const up = this.#idle.findIndex(({ alive }) => alive);
    const [worker] = this.#idle.splice(Math.max(0, up), 1);
    this.#count();
    return worker;
  }

  #wait(signal: AbortSignal | undefined): Promise<RemoteModel> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(new BeitError('Aborted', 'The operation was aborted', { cause: signal!.reason }));
      };
      const done = () => signal?.removeEventListener('abort', stop);
      const waiting: Waiting = {
        go: (worker) => {
          done();
          resolve(worker);
        },
        fail: (error) => {
          done();
          reject(error);
        },
      };
      signal?.addEventListener('abort', stop);
      this.#waiting.push(waiting);
    });
  }

  #giveBack(worker: RemoteModel): void {
    const next = this.#waiting.shift();
    if (next) next.go(worker);
    else this.#idle.push(worker);
    this.#count();
  }

  /** What runs divides the threads. */
  #count(): void {
    this.#regions.passes = this.#workers.length - this.#idle.length;
  }
}

/** Starts a worker; when it terminates, no other waits for the lock of the regions. */
function watched(start: StartModelWorker, regions: Regions, index: number): StartModelWorker {
  return (onFailure) =>
    start((cause) => {
      regions.abandon(index);
      onFailure(cause);
    });
}

const disposed = () => new BeitError('Disposed', 'Cannot run: the model was disposed of');
