// Weights of 8 bits, symmetric, with one scale for each row of W: w ≈ scale·q, q in −127…127. They are packed as bytes in
// panels [⌈k/GROUP⌉, 8, GROUP], each followed by 8 scales and 8 sums Σq. Bytes beyond k are 0, rows beyond n too. A tile reads
// 32 bits of a group and a column: the strict build unpacks a panel to 16-bit lanes, once for all rows of a block.
import { GROUP } from "./quantized_lhs";
import { NR_Q8 } from "./shape";

/** The largest q. */
export const Q8_LARGEST: f32 = 127;
/** Bytes of one group of all columns as a tile reads it, and as it is packed. */
export const STEP: usize = NR_Q8 * 4;
export const PACKED_STEP: usize = NR_Q8 * GROUP;
/** Scales and sums of the columns of a panel. */
export const COLUMNS_BYTES: usize = NR_Q8 * 8;

/** Bytes of the values of an unpacked panel. */
// @ts-ignore: decorator
@inline
export function values_bytes(k: usize): usize {
  return (k + GROUP - 1) / GROUP * STEP;
}

/** Bytes of the values of a packed panel. */
// @ts-ignore: decorator
@inline
export function packed_values_bytes(k: usize): usize {
  return (k + GROUP - 1) / GROUP * PACKED_STEP;
}

/** Address of the first value of a row. */
// @ts-ignore: decorator
@inline
export function lane_q8(w: usize, row: usize, k: usize): usize {
  return w + row / NR_Q8 * (packed_values_bytes(k) + COLUMNS_BYTES) + row % NR_Q8 * GROUP;
}

/** Address of value p of the row whose first value is at `lane`. */
// @ts-ignore: decorator
@inline
export function value_q8(lane: usize, p: usize): usize {
  return lane + p / GROUP * PACKED_STEP + p % GROUP;
}

/** Address of the scale of a row; its sum Σq is NR_Q8·4 bytes after it. */
// @ts-ignore: decorator
@inline
export function scale_q8(w: usize, row: usize, k: usize): usize {
  return w + row / NR_Q8 * (packed_values_bytes(k) + COLUMNS_BYTES) + packed_values_bytes(k) + row % NR_Q8 * 4;
}
