import { tile_2x16 } from "./microkernel_f32_2x16";
import { tile_3x12 } from "./microkernel_f32_3x12";

/**
 * acc[MR, NR] = Σ_p x[i][p]·panel[p][j]: the place where the time goes.
 * `rows` are the addresses of MR input rows. A row lies in `segments` runs of k floats, `stride` bytes apart.
 * panel is [segments·k, NR]. Every sum runs over p in order, in one accumulator, so both tiles give the same bits.
 */
// @ts-ignore: decorator
@inline
export function tile_f32(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) tile_3x12(acc, rows, panel, k, segments, stride);
  else tile_2x16(acc, rows, panel, k, segments, stride);
}
