import { type Failure, HttpError } from './httpError.ts';
import { Turns } from './turns.ts';

/** How many passes may wait, and how long a request may take. */
export interface QueueLimits {
  /** Passes that wait at most; one more is answered with 429. */
  readonly maxQueue: number;
  /** Deadline of a request that names none; unit: milliseconds. */
  readonly timeout: number;
  /** Passes that run at a time. Default 1. */
  readonly workers?: number | undefined;
}

/** When an answer is due: `timeout` milliseconds after `arrival`, by `performance.now()`. */
export interface Deadline {
  readonly timeout?: number | undefined;
  readonly arrival?: number | undefined;
}

/** What one pass took; unit: milliseconds. */
export interface PassTimes {
  readonly queued: number;
  readonly computed: number;
}

/** A request is taken when its answer is expected within this share of its deadline: passes may become twice as slow meanwhile. */
const RESERVE = 0.5;
/** How much the last pass counts in the running mean of pass times. */
const RECENT = 0.2;

/**
 * The passes of one model, as many at a time as it has workers. A request that cannot be answered within its deadline is rejected at
 * once with 429, so that every pass that runs is for a client that still waits.
 */
export class PassQueue {
  readonly #turns: Turns;
  readonly #limits: QueueLimits;
  /** Running mean of what a pass takes; unit: milliseconds. */
  #passTime = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
    this.#turns = new Turns(limits.workers ?? 1);
  }

  /** Passes that wait or run. */
  get length(): number {
    return this.#turns.waiting + this.#turns.running;
  }

  /** Seconds until the passes of now are done, at least 1. */
  get retryAfter(): number {
    return Math.max(1, Math.ceil(this.#wait / 1000));
  }

  /** How long the passes of now take; unit: milliseconds. */
  get #wait(): number {
    return (this.length * this.#passTime) / this.#turns.places;
  }

  /**
   * Runs `pass` when its turn comes. `timeout` in milliseconds replaces the queue's own; it counts from `arrival`.
   *
   * @throws {@link HttpError} 429 when the queue is full or too long for the deadline, 504 when passes became so much slower
   * that the deadline passed
   */
  async run<T>(
    pass: (signal: AbortSignal) => Promise<T>,
    client: AbortSignal,
    { timeout = this.#limits.timeout, arrival = performance.now() }: Deadline = {},
  ): Promise<{ result: T; times: PassTimes }> {
    const left = timeout - (performance.now() - arrival);
    if (left <= 0) throw this.#tooLate(timeout);
    const no = this.rejection(timeout, left);
    if (no) throw new HttpError(no.status, no.code, no.message, no.retryAfter);
    const { signal, expired, end } = deadlineOf(client, left);
    const queuedAt = performance.now();
    try {
      return await this.#turns.run(() => this.#timed(pass, signal, queuedAt), signal);
    } catch (error) {
      if (client.aborted) throw new HttpError(499, 'Aborted', 'The client closed the connection');
      if (!expired()) throw error;
      throw this.#tooLate(timeout);
    } finally {
      end();
    }
  }

  #tooLate(timeout: number): HttpError {
    return new HttpError(504, 'Aborted', `Cannot answer within ${timeout} ms`, this.retryAfter);
  }

  /** Why a request with `left` of its `timeout` milliseconds cannot be taken now; null when it can. */
  rejection(timeout: number = this.#limits.timeout, left: number = timeout): Failure | null {
    const { maxQueue } = this.#limits;
    if (this.length < this.#turns.places) return null; // one that need not wait is always tried
    const full = this.#turns.waiting >= maxQueue;
    const late = this.#wait + this.#passTime / this.#turns.places > RESERVE * left;
    if (!full && !late) return null;
    const why = full ? `${maxQueue} requests wait already` : `the queue is too long for a deadline of ${timeout} ms`;
    const message = `Cannot take the request: ${why}`;
    return { status: 429, code: 'Overloaded', message, retryAfter: this.retryAfter };
  }

  async #timed<T>(pass: (signal: AbortSignal) => Promise<T>, signal: AbortSignal, queuedAt: number) {
    const startedAt = performance.now();
    const result = await pass(signal);
    const computed = performance.now() - startedAt;
    this.#passTime += (this.#passTime === 0 ? 1 : RECENT) * (computed - this.#passTime);
    return { result, times: { queued: startedAt - queuedAt, computed } };
  }

  /** Resolves when no pass waits or runs. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }
}

/** A signal that fires when the client goes away or after `timeout` ms. `end` stops the timer: a server has many of them. */
function deadlineOf(client: AbortSignal, timeout: number) {
  const controller = new AbortController();
  let late = false;
  const stop = () => controller.abort();
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, timeout);
  if (client.aborted) stop();
  client.addEventListener('abort', stop);
  const end = () => {
    clearTimeout(timer);
    client.removeEventListener('abort', stop);
  };
  return { signal: controller.signal, expired: () => late, end };
}
