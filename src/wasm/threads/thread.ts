import type { Control } from './control.ts';
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
  /** What this runtime's {@link Watch} hears of its end by. */
  readonly trace?: unknown;
}

/** Starts the worker script with `start`. A ready thread does not keep the process alive. */
export type StartThread = (start: WorkerStart, events: ThreadEvents) => Thread;

/**
 * One more worker, which does nothing but listen: the leader sleeps while it waits, deaf to events, so somebody else hears
 * of the end of a thread, writes it into the command block and thereby wakes the leader.
 */
export interface Watcher {
  /** The leader has slept for longer than parts of a kernel differ. */
  hurry(): void;
  end(): void;
}

/** Watches over the threads of one command block, which are about to come up. */
export type Watch = (threads: readonly Thread[], control: Control) => Watcher;
