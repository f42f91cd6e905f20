import { tile_q8_2x16 } from "./tile_q8_2x16";
import { tile_q8_3x12 } from "./tile_q8_3x12";

/**
 * acc[MR, NR] = Σ_p (q[i][p] − zero[i])·w[p][j] · row scale · column scale: exact integers up to the scales, so both
 * tiles give the same bits. `rows` are the addresses of the values of MR quantised rows; panel … end is [groups, NR,
 * GROUP] of bytes w + 64, behind it NR scales and NR sums Σ_p w.
 */
// @ts-ignore: decorator
@inline
export function tile_q8(acc: usize, rows: usize, panel: usize, end: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) tile_q8_3x12(acc, rows, panel, end);
  else tile_q8_2x16(acc, rows, panel, end);
}
