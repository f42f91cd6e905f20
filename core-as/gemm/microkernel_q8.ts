import { dequantize } from "./dequantize";
import { form, Form } from "./forms";
import { microkernel_q8_3x8 } from "./microkernel_q8_3x8";
import { microkernel_q8_3x8_joined } from "./microkernel_q8_3x8_joined";
import { microkernel_q8_4x8 } from "./microkernel_q8_4x8";
import { microkernel_q8_6x8 } from "./microkernel_q8_6x8";
import { microkernel_q8_6x8_lanes } from "./microkernel_q8_6x8_lanes";

/**
 * acc[MR_Q8, 8], `stride` bytes a row, = Σ_p (q[i][p] − zero[i])·w[p][j] · row scale · column scale: exact integers up to
 * the scales, so all shapes give the same bits. R is the type of the rows' bytes: u8 if the rows have the reduced range
 * 0…127 and the panel is signed (a linear layer), i8 if it is the other way round (probabilities times values). `rows` are the
 * addresses of the values of MR_Q8 quantized rows; [panel, end) is w as [groups, 8, GROUP], bytes or 16-bit lanes, and 8
 * scales and 8 sums Σ_p w follow. The shapes repeat a step for every row: AssemblyScript has no arrays in registers.
 *
 * The relaxed dot by four is one instruction on x64 with AVX-VNNI and on ARM, and five on other x64. There the tile is computed by
 * pairs, in three instructions, and in two halves, since 6 rows would need more than 16 registers. `runs` is the list of joined_steps.ts,
 * or 0.
 */
// @ts-ignore: decorator
@inline
export function microkernel_q8<R>(acc: usize, stride: usize, rows: usize, panel: usize, end: usize, runs: usize): void {
  if (!ASC_FEATURE_RELAXED_SIMD) microkernel_q8_4x8(acc, stride, rows, panel, end);
  else if (form == Form.pairs && !isSigned<R>() && runs) {
    microkernel_q8_3x8_joined(acc, stride, rows, panel, end, runs);
    microkernel_q8_3x8_joined(acc + 3 * stride, stride, rows + 3 * sizeof<usize>(), panel, end, runs);
  } else if (form == Form.pairs) {
    microkernel_q8_3x8<R>(acc, stride, rows, panel, end);
    microkernel_q8_3x8<R>(acc + 3 * stride, stride, rows + 3 * sizeof<usize>(), panel, end);
  } else if (form == Form.lanes) microkernel_q8_6x8_lanes<R>(acc, stride, rows, panel, end);
  else microkernel_q8_6x8<R>(acc, stride, rows, panel, end);
  dequantize(acc, stride, rows, panel, end);
}
