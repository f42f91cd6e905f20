import { BeitError } from '../../errors.ts';

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
