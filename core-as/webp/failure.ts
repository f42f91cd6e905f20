// What went wrong, for the host: kernels return false or a negative number, the reason is read from here.

export const DATA_END: i32 = 1;            // the data end before the picture
export const NO_MEMORY: i32 = 2;           // the memory cannot grow
export const PARTITION: i32 = 3;           // VP8: a partition is larger than the data
export const BAD_PREFIX_CODE: i32 = 4;     // VP8L: code lengths that make no prefix code
export const BAD_CACHE_BITS: i32 = 5;      // VP8L: a color cache of 0 or more than 11 bits
export const REPEATED_TRANSFORM: i32 = 6;  // VP8L: a transform that was there already
export const BAD_REFERENCE: i32 = 7;       // VP8L: a copy from before the first pixel

/** One of the above, and the address of the byte where it was found. */
export let failure: i32 = 0;
export let failure_at: usize = 0;

/** Notes a failure; always false, so that callers return it at once. */
export function fail(reason: i32, at: usize): bool {
  failure = reason;
  failure_at = at;
  return false;
}
