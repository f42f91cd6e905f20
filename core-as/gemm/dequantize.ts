import { add_residuals } from "./outliers";
import { ROW_COUNT, ROW_HEADER } from "./quantized_lhs";
import { MR_Q8 } from "./shape";

/**
 * The i32 sums Σ_p q·w of a tile [MR_Q8, 8], outliers clamped, to f32 in place: (Σq·w − zero·Σw)·row scale·column scale,
 * which is Σ(q − zero)·w times both scales. Integers until the first product. `columns`, right after `panel`, holds 8 column
 * scales and 8 column sums Σw; `rows` are the addresses of the values of quantized rows, which their headers precede.
 */
export function dequantize(acc: usize, stride: usize, rows: usize, panel: usize, columns: usize): void {
  const scale0 = v128.load(columns), scale1 = v128.load(columns, 16);
  const sum0 = v128.load(columns, 32), sum1 = v128.load(columns, 48);
  // rows of the tile
  for (const end = rows + MR_Q8 * sizeof<usize>(); rows < end; rows += sizeof<usize>(), acc += stride) {
    const row = load<usize>(rows), header = row - ROW_HEADER;
    if (load<i32>(header, ROW_COUNT)) add_residuals(acc, row, panel);
    const scale = v128.load32_splat(header), zero = v128.load32_splat(header, 4);
    const total0 = i32x4.sub(v128.load(acc), i32x4.mul(zero, sum0));
    const total1 = i32x4.sub(v128.load(acc, 16), i32x4.mul(zero, sum1));
    v128.store(acc, f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(total0), scale), scale0));
    v128.store(acc, f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(total1), scale), scale1), 16);
  }
}
