/** The sums of {@link microkernel_q8}, tiles of 4 rows × 8 columns, products of 16-bit lanes, two of k a step; two steps a round as in 3×12. */
export function microkernel_q8_4x8(acc: usize, stride: usize, rows: usize, panel: usize, end: usize): void {
  let x0 = load<usize>(rows), x1 = load<usize>(rows, 4);
  let x2 = load<usize>(rows, 8), x3 = load<usize>(rows, 12);
  let c00 = i32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  // two steps of k
  for (let at = panel; at < end; at += 64) {
    {
      const b0 = v128.load(at, 0), b1 = v128.load(at, 16);
      const a0 = v128.load32_splat(x0, 0);
      c00 = dot(a0, b0, c00); c01 = dot(a0, b1, c01);
      const a1 = v128.load32_splat(x1, 0);
      c10 = dot(a1, b0, c10); c11 = dot(a1, b1, c11);
      const a2 = v128.load32_splat(x2, 0);
      c20 = dot(a2, b0, c20); c21 = dot(a2, b1, c21);
      const a3 = v128.load32_splat(x3, 0);
      c30 = dot(a3, b0, c30); c31 = dot(a3, b1, c31);
    }
    if (at >= end - 32) break;
    {
      const b0 = v128.load(at, 32), b1 = v128.load(at, 48);
      const a0 = v128.load32_splat(x0, 4);
      c00 = dot(a0, b0, c00); c01 = dot(a0, b1, c01);
      const a1 = v128.load32_splat(x1, 4);
      c10 = dot(a1, b0, c10); c11 = dot(a1, b1, c11);
      const a2 = v128.load32_splat(x2, 4);
      c20 = dot(a2, b0, c20); c21 = dot(a2, b1, c21);
      const a3 = v128.load32_splat(x3, 4);
      c30 = dot(a3, b0, c30); c31 = dot(a3, b1, c31);
    }
    x0 += 8; x1 += 8; x2 += 8; x3 += 8;
  }
  v128.store(acc, c00); v128.store(acc, c01, 16);
  v128.store(acc + stride, c10); v128.store(acc + stride, c11, 16);
  v128.store(acc + 2 * stride, c20); v128.store(acc + 2 * stride, c21, 16);
  v128.store(acc + 3 * stride, c30); v128.store(acc + 3 * stride, c31, 16);
}

// @ts-ignore: decorator
@inline
function dot(a: v128, b: v128, c: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(a, b), c);
}
