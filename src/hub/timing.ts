import { BeitError, throwIfAborted } from '../errors.ts';

/** How long the hub client waits and how often it tries. Units: milliseconds. */
export interface Timing {
  /** From the request to the first byte of the answer. */
  readonly answer: number;
  /** Within this span a body has to bring `IDLE_BYTES` bytes or end. */
  readonly idle: number;
  /** Attempts in a row without real progress before giving up. */
  readonly attempts: number;
  /** First back-off; it doubles each time up to `longestDelay`. */
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** All delays of one file together, since its last real progress. */
  readonly totalDelay: number;
  now(): number;
  sleep(duration: number, signal: AbortSignal | undefined): Promise<void>;
}

export const DEFAULT_TIMING: Timing = {
  answer: 30_000,
  idle: 30_000,
  attempts: 6,
  firstDelay: 500,
  longestDelay: 16_000,
  totalDelay: 120_000,
  now: () => Date.now(),
  sleep,
};

/** A body slower than this many bytes per idle span counts as stalled. */
export const IDLE_BYTES = 1024;

/** Resolves after `duration` ms, or throws `Aborted` as soon as `signal` fires. */
export function sleep(duration: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      if (signal?.aborted) reject(new BeitError('Aborted', 'The operation was aborted', { cause: signal.reason }));
      else resolve();
    };
    const timer = setTimeout(finish, duration);
    signal?.addEventListener('abort', finish);
    if (signal?.aborted) finish();
  });
}

/** An attempt that may be made again; `error` is what to throw when it is not. */
export class AttemptFailed extends Error {
  readonly error: BeitError;
  /** What the server asked to wait; null when it did not. Unit: ms. */
  readonly retryAfter: number | null;

  constructor(error: BeitError, retryAfter: number | null = null) {
    super(error.message, { cause: error });
    this.error = error;
    this.retryAfter = retryAfter;
  }
}

/** Bytes after which an interrupted transfer counts as having got somewhere. */
const PROGRESS = 1 << 20;

/** Counts attempts and waits between them: exponential back-off, `Retry-After` before it, both bounded. */
export class Retry {
  private failures = 0;
  private waited = 0;
  private received = 0;
  private readonly timing: Timing;
  private readonly signal: AbortSignal | undefined;

  constructor(timing: Timing, signal: AbortSignal | undefined) {
    this.timing = timing;
    this.signal = signal;
  }

  /** Bytes came: enough of them since the last failure start the count anew. */
  progress(bytes: number): void {
    this.received += bytes;
    if (this.received < PROGRESS) return;
    this.failures = 0;
    this.waited = 0;
  }

  /** Waits before the next attempt, or throws `failure.error` when there is to be none. */
  async wait(failure: AttemptFailed): Promise<void> {
    throwIfAborted(this.signal);
    const { attempts, firstDelay, longestDelay, totalDelay } = this.timing;
    const delay = failure.retryAfter ?? Math.min(longestDelay, firstDelay * 2 ** this.failures);
    this.failures++;
    this.received = 0;
    if (this.failures >= attempts) throw exhausted(failure.error, `gave up after ${this.failures} attempts`);
    if (this.waited + delay > totalDelay)
      throw exhausted(failure.error, `asked to wait ${Math.ceil(delay / 1000)} s more`);
    this.waited += delay;
    await this.timing.sleep(delay, this.signal);
  }
}

function exhausted(error: BeitError, why: string): BeitError {
  return new BeitError(error.code, `${error.message} (${why})`, { cause: error.cause ?? error });
}

/** The delay a `Retry-After` field asks for, in ms: seconds or an HTTP date (RFC 9110 §10.2.3); null when it is neither. */
export function retryAfter(field: string | null, now: number): number | null {
  if (field === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(field)) return Number(field) * 1000;
  const date = Date.parse(field);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
