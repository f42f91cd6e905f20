import { BeitError, reason } from '../errors.ts';
import type { ModelWorker, StartModelWorker } from '../platform/modelWorker.ts';
import type { StartThread } from '../wasm/threads/thread.ts';
import { Channel, type Methods } from './channel.ts';
import { PageThreads } from './pageThreads.ts';

/** A worker that computes on after this time, in milliseconds, is believed to have ended. */
const END_MS = 3000;

/** One life of a model's worker: the worker, the calls across, and the threads that were started for it. */
export class WorkerHost {
  readonly channel: Channel;
  readonly #worker: ModelWorker;
  readonly #threads: PageThreads;
  #ended: Promise<void> | null = null;

  /** Resolves when the worker is up. @throws `WorkerFailed` */
  static start(startWorker: StartModelWorker, startThread: StartThread | null, methods: Methods): Promise<WorkerHost> {
    return new Promise((resolve, reject) => {
      const hello = () => resolve(host);
      const host: WorkerHost = new WorkerHost(startWorker, startThread, { ...methods, hello }, reject);
    });
  }

  private constructor(
    startWorker: StartModelWorker,
    startThread: StartThread | null,
    methods: Methods,
    failed: (error: BeitError) => void,
  ) {
    this.#threads = new PageThreads(startThread, () => this.channel);
    this.#worker = startWorker((cause) => {
      const why = reason(cause);
      const error = new BeitError('WorkerFailed', `The worker of the model failed: ${why}`, { cause });
      this.close(error);
      failed(error);
    });
    this.channel = new Channel(this.#worker.port, { ...methods, ...this.#threads.methods });
  }

  /** Ends it; what is pending, and every later call, is rejected with `reason`. */
  close(reason: BeitError): void {
    this.channel.close(reason);
    void this.end();
  }

  /** Resolves once none of its threads computes any more. */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    const ended = [this.#worker.terminate(), this.#threads.end()];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, END_MS);
    });
    await Promise.race([Promise.allSettled(ended), late]);
    clearTimeout(timer);
  }
}
