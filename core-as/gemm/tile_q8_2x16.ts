import { dequantize } from "./dequantize";

/** {@link tile_q8} with 2 rows × 16 columns and products of 16-bit lanes, two inputs a step. */
export function tile_q8_2x16(acc: usize, rows: usize, panel: usize, end: usize): void {
  let x0 = load<usize>(rows), x1 = load<usize>(rows, 4);
  let c00 = i32x4.splat(0), c01 = c00, c02 = c00, c03 = c00;
  let c10 = c00, c11 = c00, c12 = c00, c13 = c00;
  while (panel < end) {
    const b0 = v128.load8x8_u(panel), b1 = v128.load8x8_u(panel, 8);
    const b2 = v128.load8x8_u(panel, 16), b3 = v128.load8x8_u(panel, 24);
    const a0 = v128.load32_splat(x0);
    c00 = dot(a0, b0, c00); c01 = dot(a0, b1, c01); c02 = dot(a0, b2, c02); c03 = dot(a0, b3, c03);
    const a1 = v128.load32_splat(x1);
    c10 = dot(a1, b0, c10); c11 = dot(a1, b1, c11); c12 = dot(a1, b2, c12); c13 = dot(a1, b3, c13);
    x0 += 4; x1 += 4;
    panel += 32;
  }
  const row0 = load<usize>(rows), row1 = load<usize>(rows, 4);
  dequantize(acc, row0, end, 64, c00, 0); dequantize(acc, row0, end, 64, c01, 16);
  dequantize(acc, row0, end, 64, c02, 32); dequantize(acc, row0, end, 64, c03, 48);
  acc += 64;
  dequantize(acc, row1, end, 64, c10, 0); dequantize(acc, row1, end, 64, c11, 16);
  dequantize(acc, row1, end, 64, c12, 32); dequantize(acc, row1, end, 64, c13, 48);
}

// @ts-ignore: decorator
@inline
function dot(a: v128, b: v128, c: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(a, b), c);
}
