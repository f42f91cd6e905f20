import { startModelWorker } from '#modelWorker';
import { augmentedPixels, type PixelMaker, type PixelRequest, type Views } from '../../augment/augmentedPixels.ts';
import { BeitError, check } from '../../errors.ts';
import { pictureCopies } from '../../hosting/pictureCopies.ts';
import { withTensors } from '../../hosting/plainData.ts';
import type { TrainingPicture } from '../../hosting/trainingPicture.ts';
import { WorkerHost } from '../../hosting/workerHost.ts';
import type { BeitImageProcessor } from '../../loading/imageProcessors.ts';
import type { StartModelWorker } from '../../platform/modelWorker.ts';

/** Pictures that a worker has at once: the next one is there when one is done. */
const EACH = 2;

/** An image processor that can be told to a worker. */
type Plain = PixelMaker & { toJSON(): unknown };

/**
 * Workers that decode, augment and resize pictures while the thread that trains computes. They give the same bits: each picture
 * has random numbers of its own. A worker that terminates is replaced.
 */
export class PictureWorkers {
  readonly #start: () => Promise<WorkerHost>;
  readonly #hosts: Promise<WorkerHost>[];
  readonly #busy: number[];
  readonly #waiting: (() => void)[] = [];
  #disposed: BeitError | null = null;

  /** @throws `UnsupportedRuntime` where there are no workers */
  constructor(count: number, startWorker: StartModelWorker | null = startModelWorker) {
    check(startWorker, 'UnsupportedRuntime', 'Cannot read pictures on workers: this runtime has none');
    this.#start = () => {
      const host = WorkerHost.start(startWorker, null, {});
      host.catch(() => {}); // awaited by the first picture
      return host;
    };
    this.#hosts = Array.from({ length: count }, this.#start);
    this.#busy = this.#hosts.map(() => 0);
  }

  /** Whether they can make what is asked for: a processor that is made by hand stays on the calling thread. */
  can(second: PixelMaker | null): second is Plain | null {
    return second === null || 'toJSON' in second;
  }

  /** As {@link augmentedPixels}; `request` is called when a worker is free. @throws the same, and `WorkerFailed` */
  async prepare(
    request: () => Promise<PixelRequest>,
    processor: BeitImageProcessor,
    second: Plain | null,
    signal?: AbortSignal,
  ): Promise<Views> {
    const index = await this.#take();
    try {
      const { picture, ...rest } = await request();
      const call = { ...rest, processor: processor.toJSON(), second: second?.toJSON() ?? null };
      const send = async () => {
        const transfer: Transferable[] = [];
        const [copy] = await pictureCopies([picture], transfer);
        const input = { ...call, picture: copy } as TrainingPicture;
        const { channel } = await this.#host(index);
        return channel.call<Views>('trainingPicture', input, signal, transfer);
      };
      return withTensors(await send().catch((error) => (hasFailed(error) ? send() : Promise.reject(error))));
    } catch (error) {
      // what cannot be cloned is not a picture: the error for it is made here
      if ((error as Error).name !== 'DataCloneError') throw error;
      return await augmentedPixels(await request(), processor, second, signal);
    } finally {
      this.#giveBack(index);
    }
  }

  /** A worker that has fewer pictures than it may have. */
  async #take(): Promise<number> {
    for (;;) {
      const least = this.#busy.indexOf(this.#busy.reduce((a, b) => Math.min(a, b)));
      if (this.#busy[least] < EACH) {
        this.#busy[least]++;
        return least;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #giveBack(index: number): void {
    this.#busy[index]--;
    this.#waiting.shift()?.();
  }

  /** One that is up. */
  async #host(index: number): Promise<WorkerHost> {
    if (this.#disposed) throw this.#disposed;
    const known = this.#hosts[index];
    const host = await known.catch(() => null);
    if (host && !host.channel.closed) return host;
    // two pictures may find that it is gone
    if (this.#hosts[index] === known) this.#hosts[index] = this.#start();
    return this.#hosts[index];
  }

  /** Ends them; what is pending, and every later call, is rejected with `Disposed`. */
  dispose(): void {
    const reason = new BeitError('Disposed', 'Cannot read a picture: its run has ended');
    this.#disposed = reason;
    for (const host of this.#hosts) host.then((up) => up.close(reason)).catch(() => {});
  }
}

const hasFailed = (error: unknown) => error instanceof BeitError && error.code === 'WorkerFailed';
