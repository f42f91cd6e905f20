// out = e^(x − max x)/Σ e^(x − max x) over each row; NaN or +Infinity anywhere makes the row NaN, as does a row of −Infinity.
import { row_exp, row_max, row_scale } from "../simd/row";

export function softmax(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize, cols: usize,
): void {
  // rows
  for (let i = begin; i < end; ++i) {
    const to = out + (i * outStride << 2), from = x + (i * xStride << 2);
    row_scale(to, to, cols, 1 / row_exp(to, from, cols, row_max(from, cols)));
  }
}
