import { dequantize } from "./dequantize";

/** {@link tile_q8} with 6 rows × 8 columns and the relaxed dot, four inputs a step. */
export function tile_q8_6x8(acc: usize, stride: usize, rows: usize, panel: usize, end: usize): void {
  let x0 = load<usize>(rows), x1 = load<usize>(rows, 4);
  let x2 = load<usize>(rows, 8), x3 = load<usize>(rows, 12);
  let x4 = load<usize>(rows, 16), x5 = load<usize>(rows, 20);
  let c00 = i32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  while (panel < end) {
    const b0 = v128.load(panel), b1 = v128.load(panel, 16);
    const a0 = v128.load32_splat(x0);
    c00 = dot(a0, b0, c00); c01 = dot(a0, b1, c01);
    const a1 = v128.load32_splat(x1);
    c10 = dot(a1, b0, c10); c11 = dot(a1, b1, c11);
    const a2 = v128.load32_splat(x2);
    c20 = dot(a2, b0, c20); c21 = dot(a2, b1, c21);
    const a3 = v128.load32_splat(x3);
    c30 = dot(a3, b0, c30); c31 = dot(a3, b1, c31);
    const a4 = v128.load32_splat(x4);
    c40 = dot(a4, b0, c40); c41 = dot(a4, b1, c41);
    const a5 = v128.load32_splat(x5);
    c50 = dot(a5, b0, c50); c51 = dot(a5, b1, c51);
    x0 += 4; x1 += 4; x2 += 4; x3 += 4; x4 += 4; x5 += 4;
    panel += 32;
  }
  dequantize(acc, load<usize>(rows), end, c00, c01);
  dequantize(acc + stride, load<usize>(rows, 4), end, c10, c11);
  dequantize(acc + 2 * stride, load<usize>(rows, 8), end, c20, c21);
  dequantize(acc + 3 * stride, load<usize>(rows, 12), end, c30, c31);
  dequantize(acc + 4 * stride, load<usize>(rows, 16), end, c40, c41);
  dequantize(acc + 5 * stride, load<usize>(rows, 20), end, c50, c51);
}

/** Exact: the second operand stays in 0…127, so that no pair of products saturates on any machine. */
// @ts-ignore: decorator
@inline
function dot(a: v128, b: v128, c: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c);
}
