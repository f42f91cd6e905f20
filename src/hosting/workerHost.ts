import { BeitError, reason } from '../errors.ts';
import type { ModelWorker, StartModelWorker } from '../platform/modelWorker.ts';
import type { StartThread } from '../wasm/threads/thread.ts';
import { Channel, type Methods } from './channel.ts';
import { PageThreads } from './pageThreads.ts';

/** One life of a model's worker: the worker, the calls across, and the threads that were started for it. */
export class WorkerHost {
  readonly channel: Channel;
  readonly #worker: ModelWorker;
  readonly #threads: PageThreads;
  #ended = false;

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
    this.end();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#threads.end();
    this.#worker.terminate();
  }
}
