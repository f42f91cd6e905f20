/** Rounds between two readings of the clock. */
const ROUNDS = 64;

/** Tells the processor that this is a spin loop; engines from 2025 on have it. */
const pause = (Atomics as { pause?: () => void }).pause?.bind(Atomics) ?? (() => {});

/**
 * Busy-waits until a word differs from `value`, for at most `milliseconds`: waking a sleeping thread costs
 * tens of microseconds, and the next kernel usually comes sooner. Returns whether it differs.
 */
export function spinWhile(words: Int32Array, at: number, value: number, milliseconds: number): boolean {
  const end = performance.now() + milliseconds;
  do {
    for (let i = 0; i < ROUNDS; i++) {
      if (Atomics.load(words, at) !== value) return true;
      pause();
    }
  } while (performance.now() < end);
  return false;
}
