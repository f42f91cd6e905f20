import type { WorkerStart } from './serve.ts';

/** What a worker script is told first: to compute beside a leader. */
export interface ThreadEvents {
  /** The worker waits for {@link Thread.go}. */
  readonly ready: () => void;
  /** The worker died, or never came up. May be called more than once. */
  readonly failed: (cause: unknown) => void;
}

/** One worker as its runtime offers it. */
export interface Thread {
  /** Lets a ready worker take commands. From then on it sleeps outside its event loop. */
  go(): void;
  /** False when the worker is known to be dead, asked without returning to the event loop; undefined: cannot tell. */
  alive(): boolean | undefined;
  /** Ends it, whatever it does; resolves once it is gone. */
  terminate(): Promise<void>;
}

/** Starts the worker script with `start`. A ready thread does not keep the process alive. */
export type StartThread = (start: WorkerStart, events: ThreadEvents) => Thread;
