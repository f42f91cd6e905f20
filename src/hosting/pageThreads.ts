import { BeitError, reason } from '../errors.ts';
import { Control } from '../wasm/threads/control.ts';
import type { WorkerStart } from '../wasm/threads/serve.ts';
import type { StartThread, Thread, ThreadEvents } from '../wasm/threads/thread.ts';
import type { Channel, Methods } from './channel.ts';

// The threads of a model that lives in a worker are started by the page: Firefox now and then never returns from starting
// a worker in a worker, and Safari learned it late.

/** The page's end: it starts threads when the model's worker asks, and passes on what they say. */
export class PageThreads {
  readonly methods: Methods;
  readonly #threads = new Map<number, Thread>();

  constructor(startThread: StartThread | null, channel: () => Channel) {
    const tell = (method: string, argument: unknown) =>
      void channel()
        .call(method, argument)
        .catch(() => {});
    this.methods = {
      startThread: ({ id, start }: { id: number; start: WorkerStart }) => {
        const ready = () => tell('threadReady', id);
        const failed = (cause: unknown) => {
          // the leader may be asleep, deaf to messages
          new Control(start.threads, start.control).fail(start.index);
          tell('threadFailed', { id, why: reason(cause) });
        };
        if (!startThread) throw new BeitError('UnsupportedRuntime', 'Cannot start a thread: this page has no workers');
        this.#threads.set(id, startThread(start, { ready, failed }));
      },
      goThread: (id: number) => this.#threads.get(id)?.go(),
      endThread: async (id: number) => {
        await this.#threads.get(id)?.terminate();
        this.#threads.delete(id);
      },
    };
  }

  /** Resolves once none computes any more. */
  async end(): Promise<void> {
    await Promise.all([...this.#threads.values()].map((thread) => thread.terminate()));
  }
}

/** The end of the model's worker: threads as if they were started here. */
export class ThreadsOfPage {
  readonly #events = new Map<number, ThreadEvents>();
  readonly methods: Methods = {
    threadReady: (id: number) => this.#events.get(id)?.ready(),
    threadFailed: ({ id, why }: { id: number; why: string }) => this.#events.get(id)?.failed(why),
  };
  readonly start: StartThread;

  constructor(channel: () => Channel) {
    this.start = (start, events) => {
      const id = this.#events.size;
      this.#events.set(id, events);
      channel().call('startThread', { id, start }).catch(events.failed);
      return {
        go: () => void channel().call('goThread', id).catch(events.failed),
        alive: () => undefined,
        terminate: () => channel().call<void>('endThread', id),
      };
    };
  }
}
