import { throwIfAborted } from '../errors.ts';

/**
 * Lets so many run at a time, in the order in which they came. What waits continues where it was called, not where the one
 * before it ended: workerd cancels what runs on behalf of another request (p-queue and its kin run it there).
 */
export class Turns {
  readonly places: number;
  running = 0;
  /** Resolves of those that wait, the first one first. */
  readonly #waiting: Set<() => void> = new Set();
  #whenIdle: (() => void)[] = [];

  constructor(places: number) {
    this.places = places;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Runs `work` when its turn comes. @throws `Aborted` when `signal` fires while it waits, and what `work` throws */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    throwIfAborted(signal);
    if (this.running >= this.places) await this.#turn(signal);
    else this.running++;
    try {
      throwIfAborted(signal);
      return await work();
    } finally {
      this.#pass();
    }
  }

  /** Resolves when none waits or runs. */
  idle(): Promise<void> {
    if (this.running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Resolves with the place of one that ended. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(go);
        reject(signal.reason);
      };
      const go = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(go);
    });
  }

  /** Gives the place to the next, or leaves it free. */
  #pass(): void {
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      next();
      return;
    }
    this.running--;
    if (this.running > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
