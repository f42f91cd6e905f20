import { ROW_HEADER } from "../quantize_rows";

/**
 * Four sums Σ_p q·w' of one row, w' = w + 64, as f32: acc = (Σq·w' − 64·Σq − zero·Σw)·row scale·column scale, which is
 * Σ(q − zero)·w times both scales. Integers until the first product. `columns` holds NR column scales and, `sums` bytes
 * on, the column sums Σw; `row` is the first value of a quantised row, its header lies in front.
 */
// @ts-ignore: decorator
@inline
export function dequantize(acc: usize, row: usize, columns: usize, sums: usize, dots: v128, at: usize): void {
  const header = row - ROW_HEADER;
  const zero = i32x4.mul(v128.load32_splat(header, 4), v128.load(columns + sums + at));
  const total = i32x4.sub(i32x4.sub(dots, v128.load32_splat(header, 8)), zero);
  const scaled = f32x4.mul(f32x4.convert_i32x4_s(total), v128.load32_splat(header));
  v128.store(acc + at, f32x4.mul(scaled, v128.load(columns + at)));
}
