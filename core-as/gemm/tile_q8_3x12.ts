import { dequantize } from "./dequantize";

/** {@link tile_q8} with 3 rows × 12 columns and the relaxed dot, four inputs a step. */
export function tile_q8_3x12(acc: usize, rows: usize, panel: usize, end: usize): void {
  let x0 = load<usize>(rows), x1 = load<usize>(rows, 4), x2 = load<usize>(rows, 8);
  let c00 = i32x4.splat(0), c01 = c00, c02 = c00;
  let c10 = c00, c11 = c00, c12 = c00;
  let c20 = c00, c21 = c00, c22 = c00;
  while (panel < end) {
    const b0 = v128.load(panel), b1 = v128.load(panel, 16), b2 = v128.load(panel, 32);
    const a0 = v128.load32_splat(x0);
    c00 = dot(a0, b0, c00); c01 = dot(a0, b1, c01); c02 = dot(a0, b2, c02);
    const a1 = v128.load32_splat(x1);
    c10 = dot(a1, b0, c10); c11 = dot(a1, b1, c11); c12 = dot(a1, b2, c12);
    const a2 = v128.load32_splat(x2);
    c20 = dot(a2, b0, c20); c21 = dot(a2, b1, c21); c22 = dot(a2, b2, c22);
    x0 += 4; x1 += 4; x2 += 4;
    panel += 48;
  }
  const row0 = load<usize>(rows), row1 = load<usize>(rows, 4), row2 = load<usize>(rows, 8);
  dequantize(acc, row0, end, 48, c00, 0); dequantize(acc, row0, end, 48, c01, 16); dequantize(acc, row0, end, 48, c02, 32);
  acc += 48;
  dequantize(acc, row1, end, 48, c10, 0); dequantize(acc, row1, end, 48, c11, 16); dequantize(acc, row1, end, 48, c12, 32);
  acc += 48;
  dequantize(acc, row2, end, 48, c20, 0); dequantize(acc, row2, end, 48, c21, 16); dequantize(acc, row2, end, 48, c22, 32);
}

/** Exact: the second operand stays in 0…127, so that no pair of products saturates on any machine. */
// @ts-ignore: decorator
@inline
function dot(a: v128, b: v128, c: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c);
}
