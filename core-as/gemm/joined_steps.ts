// Two steps of a panel of integers may be joined where the sums of their pairs fit 16 bits for every row: then those are added before
// they are widened, which saves one of four multiplications (microkernel_q8_3x8_joined.ts). A row has values of 0…127, so the positive
// weights of a sum of four products may add up to 258, and the negative ones as well. Of weights that are spread like a normal
// distribution nearly all steps fit.
import { STEP } from "./layout_q8";

/** 127·258 is the largest multiple of 127 that a signed 16-bit integer holds. */
const LARGEST_SUM: i16 = 258;
/** Panels are looked through for at least so many rows, and joined if at most one in so many pairs of steps does not fit. */
const JOINED_ROWS: usize = 12;
const PAIRS_FOR_ONE: usize = 8;

/** Bytes of a list of runs for a product of depth k. */
// @ts-ignore: decorator
@inline
export function runs_bytes(k: usize): usize {
  return (k / 8 / PAIRS_FOR_ONE + 3) << 2;
}

/**
 * Writes the ends of the runs of joined steps of the panel [panel, end) to `runs`: ascending addresses, of which the last is `end`.
 * Each but the last is followed by two steps that are not joined, or by the last step of an odd number. Returns `runs`, or 0 when it
 * is not worth it for so many rows and such weights.
 */
export function find_runs(panel: usize, end: usize, rows: usize, runs: usize): usize {
  if (rows < JOINED_ROWS) return 0;
  const last = runs + ((end - panel) / (2 * STEP) / PAIRS_FOR_ONE << 2);
  let to = runs;
  // two steps
  for (let at = panel; at < end; at += 2 * STEP) {
    if (at + STEP < end && fits(at) && fits(at + 16)) continue;
    if (to > last) return 0;
    store<usize>(to, at);
    to += 4;
  }
  store<usize>(to, end);
  return runs;
}

/** Whether the sums of four columns fit 16 bits over the step at `at` and the next one. */
// @ts-ignore: decorator
@inline
function fits(at: usize): bool {
  const a = v128.load(at), b = v128.load(at, STEP), zero = i8x16.splat(0);
  const positive = i16x8.add(pair_sums(i8x16.max_s(a, zero)), pair_sums(i8x16.max_s(b, zero)));
  const negative = i16x8.add(pair_sums(i8x16.min_s(a, zero)), pair_sums(i8x16.min_s(b, zero)));
  const largest = i16x8.max_s(positive, i16x8.neg(negative));
  return !v128.any_true(i16x8.gt_s(largest, i16x8.splat(LARGEST_SUM)));
}

// @ts-ignore: decorator
@inline
function pair_sums(a: v128): v128 {
  return i16x8.extadd_pairwise_i8x16_s(a);
}
