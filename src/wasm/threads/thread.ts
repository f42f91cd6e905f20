import type { Control } from './control.ts';
import type { WorkerStart } from './serve.ts';

/** What a worker reports while it starts and runs. */
export interface ThreadEvents {
  /** The worker waits for {@link Thread.go}. */
  readonly ready: () => void;
  /** The worker died, or never came up. May be called more than once. */
  readonly failed: (cause: unknown) => void;
}

/** One worker as its runtime offers it. */
export interface Thread {
  /** Lets a ready worker take commands. From then on it waits in `Atomics.wait`, outside its event loop. */
  go(): void;
  /** Whether {@link ThreadEvents.failed} is called for every worker that terminates, also while it starts. */
  readonly reportsExit?: boolean;
  /** False when the worker is known to be dead, asked without returning to the event loop; undefined: cannot tell. */
  alive(): boolean | undefined;
  /** Ends it, whatever it does; resolves once it is gone. */
  terminate(): Promise<void>;
  /** By which this runtime's {@link Watch} detects that the worker terminated: an exit port, or the name of a lock. */
  readonly liveness?: unknown;
}

/** Starts the worker script with `start`. A ready thread does not keep the process alive. */
export type StartThread = (start: WorkerStart, events: ThreadEvents) => Thread;

/**
 * One more worker, which only detects that a thread terminated. The leader cannot: it is blocked in `Atomics.wait` and
 * receives no events. The watcher writes the failure into the command block, which wakes the leader.
 */
export interface Watcher {
  /** Starts the watcher, if it has not started: the leader has waited longer than any thread's part should take. */
  arm(): void;
  end(): void;
}

/** Watches the threads of one command block; called before they have started. */
export type Watch = (threads: readonly Thread[], control: Control) => Watcher;
