import { BeitError, throwIfAborted } from '../../errors.ts';
import type { Connection } from './connection.ts';
import type { Timing } from './timing.ts';

/** An attempt that may be made again; `error` is what to throw when it is not. */
export class AttemptFailed extends Error {
  readonly error: BeitError;
  /** What the server asked to wait; null when it did not. Unit: ms. */
  readonly retryAfter: number | null;
  /** Whether there is no way to the server: waiting seldom opens one. */
  readonly unreachable: boolean;

  constructor(error: BeitError, retryAfter: number | null = null, unreachable = false) {
    super(error.message, { cause: error });
    this.unreachable = unreachable;
    this.error = error;
    this.retryAfter = retryAfter;
  }
}

/** Bytes after which an interrupted transfer counts as having got somewhere. */
const PROGRESS = 1 << 20;

/** Where no connection can be made at all. */
const UNREACHABLE_ATTEMPTS = 2;

/** Counts attempts and waits between them: exponential back-off, `Retry-After` before it, both bounded. */
export class Retry {
  #failures = 0;
  #waited = 0;
  #received = 0;
  readonly #timing: Timing;
  readonly #signal: AbortSignal | undefined;

  constructor(timing: Timing, signal: AbortSignal | undefined) {
    this.#timing = timing;
    this.#signal = signal;
  }

  /** Bytes came: enough of them since the last failure start the count anew. */
  progress(bytes: number): void {
    this.#received += bytes;
    if (this.#received < PROGRESS) return;
    this.#failures = 0;
    this.#waited = 0;
  }

  /** Waits before the next attempt, or throws `failure.error` when there is to be none. */
  async wait(failure: AttemptFailed): Promise<void> {
    throwIfAborted(this.#signal);
    const { attempts, firstDelay, longestDelay, totalDelay } = this.#timing;
    const delay = failure.retryAfter ?? Math.min(longestDelay, firstDelay * 2 ** this.#failures);
    this.#failures++;
    this.#received = 0;
    const most = failure.unreachable ? Math.min(attempts, UNREACHABLE_ATTEMPTS) : attempts;
    if (this.#failures >= most) throw exhausted(failure.error, `gave up after ${this.#failures} attempts`);
    if (this.#waited + delay > totalDelay)
      throw exhausted(failure.error, `asked to wait ${Math.ceil(delay / 1000)} s more`);
    this.#waited += delay;
    await this.#timing.sleep(delay, this.#signal);
  }
}

function exhausted(error: BeitError, why: string): BeitError {
  return new BeitError(error.code, `${error.message} (${why})`, { cause: error.cause ?? error });
}

/** Runs `attempt` until it succeeds, throws something final, or the retries are spent. */
export async function retrying<T>(connection: Connection, attempt: () => Promise<T>): Promise<T> {
  const retry = new Retry(connection.timing, connection.signal);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      await retry.wait(error);
    }
  }
}

/** The delay a `Retry-After` field asks for, in ms: seconds or an HTTP date (RFC 9110 §10.2.3); null when it is neither. */
export function retryAfter(field: string | null, now: number): number | null {
  if (field === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(field)) return Number(field) * 1000;
  const date = Date.parse(field);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
