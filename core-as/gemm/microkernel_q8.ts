import { tile_q8_4x8 } from "./microkernel_q8_4x8";
import { tile_q8_6x8 } from "./microkernel_q8_6x8";

/**
 * acc[MR_Q8, 8], `stride` bytes a row, = Σ_p (q[i][p] − zero[i])·w[p][j] · row scale · column scale: exact integers up to
 * the scales, so both tiles give the same bits. R says which side is 7 bits wide: u8, the rows, or i8, the panel; that
 * side stays in 0…127 and the other is signed. `rows` are the addresses of the values of MR_Q8 quantised rows; panel … end is [groups, 8,
 * GROUP] of w, bytes or 16-bit lanes, behind it 8 scales and 8 sums Σ_p w.
 */
// @ts-ignore: decorator
@inline
export function tile_q8<R>(acc: usize, stride: usize, rows: usize, panel: usize, end: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) tile_q8_6x8<R>(acc, stride, rows, panel, end);
  else tile_q8_4x8(acc, stride, rows, panel, end);
}
