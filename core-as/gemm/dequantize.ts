import { ROW_HEADER } from "../quantize_rows";

/**
 * Eight sums Σ_p q·w' of one row, w' = w + 64, to f32 at acc: (Σq·w' − 64·Σq − zero·Σw)·row scale·column scale, which
 * is Σ(q − zero)·w times both scales. Integers until the first product. `columns` holds 8 column scales and 8 column sums
 * Σw; `row` is the first value of a quantised row, its header lies in front.
 */
// @ts-ignore: decorator
@inline
export function dequantize(acc: usize, row: usize, columns: usize, dots0: v128, dots1: v128): void {
  const header = row - ROW_HEADER;
  const scale = v128.load32_splat(header), zero = v128.load32_splat(header, 4), offset = v128.load32_splat(header, 8);
  const total0 = i32x4.sub(i32x4.sub(dots0, offset), i32x4.mul(zero, v128.load(columns, 32)));
  const total1 = i32x4.sub(i32x4.sub(dots1, offset), i32x4.mul(zero, v128.load(columns, 48)));
  v128.store(acc, f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(total0), scale), v128.load(columns)));
  v128.store(acc, f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(total1), scale), v128.load(columns, 16)), 16);
}
