import { form, Form } from "./forms";
import { microkernel_f32_2x16 } from "./microkernel_f32_2x16";
import { microkernel_f32_2x16_lanes } from "./microkernel_f32_2x16_lanes";
import { microkernel_f32_3x12 } from "./microkernel_f32_3x12";
import { microkernel_f32_3x12_lanes } from "./microkernel_f32_3x12_lanes";
import { microkernel_f32_6x8 } from "./microkernel_f32_6x8";
import { FUSED } from "../simd/lanes";

/**
 * acc[MR, NR] = Σ_p x[i][p]·panel[p][j], in registers: most of the time of a pass is spent here.
 * `rows` are the addresses of MR rows of the LHS. A row is `segments` runs of k floats, `stride` bytes apart.
 * panel is [segments·k, NR]. Every sum runs over p in order, in one accumulator, so all tiles of one arithmetic give the same bits.
 */
// @ts-ignore: decorator
@inline
export function microkernel_f32(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    if (form == Form.lanes) microkernel_f32_3x12_lanes(acc, rows, panel, k, segments, stride);
    else if (FUSED) microkernel_f32_6x8(acc, rows, panel, k, segments, stride);
    else microkernel_f32_3x12(acc, rows, panel, k, segments, stride);
  } else if (form == Form.lanes) microkernel_f32_2x16_lanes(acc, rows, panel, k, segments, stride);
  else microkernel_f32_2x16(acc, rows, panel, k, segments, stride);
}
