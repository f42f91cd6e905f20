/** The sums of {@link microkernel_q8}, tiles of 6 rows × 8 columns, the relaxed dot, four of k a step; two steps a round as in 3×12. */
export function microkernel_q8_6x8<R>(acc: usize, stride: usize, rows: usize, panel: usize, end: usize): void {
  let x0 = load<usize>(rows), x1 = load<usize>(rows, 4);
  let x2 = load<usize>(rows, 8), x3 = load<usize>(rows, 12);
  let x4 = load<usize>(rows, 16), x5 = load<usize>(rows, 20);
  let c00 = i32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  // two steps of k
  for (let at = panel; at < end; at += 64) {
    {
      const b0 = v128.load(at, 0), b1 = v128.load(at, 16);
      const a0 = v128.load32_splat(x0, 0);
      c00 = dot<R>(a0, b0, c00); c01 = dot<R>(a0, b1, c01);
      const a1 = v128.load32_splat(x1, 0);
      c10 = dot<R>(a1, b0, c10); c11 = dot<R>(a1, b1, c11);
      const a2 = v128.load32_splat(x2, 0);
      c20 = dot<R>(a2, b0, c20); c21 = dot<R>(a2, b1, c21);
      const a3 = v128.load32_splat(x3, 0);
      c30 = dot<R>(a3, b0, c30); c31 = dot<R>(a3, b1, c31);
      const a4 = v128.load32_splat(x4, 0);
      c40 = dot<R>(a4, b0, c40); c41 = dot<R>(a4, b1, c41);
      const a5 = v128.load32_splat(x5, 0);
      c50 = dot<R>(a5, b0, c50); c51 = dot<R>(a5, b1, c51);
    }
    if (at >= end - 32) break;
    {
      const b0 = v128.load(at, 32), b1 = v128.load(at, 48);
      const a0 = v128.load32_splat(x0, 4);
      c00 = dot<R>(a0, b0, c00); c01 = dot<R>(a0, b1, c01);
      const a1 = v128.load32_splat(x1, 4);
      c10 = dot<R>(a1, b0, c10); c11 = dot<R>(a1, b1, c11);
      const a2 = v128.load32_splat(x2, 4);
      c20 = dot<R>(a2, b0, c20); c21 = dot<R>(a2, b1, c21);
      const a3 = v128.load32_splat(x3, 4);
      c30 = dot<R>(a3, b0, c30); c31 = dot<R>(a3, b1, c31);
      const a4 = v128.load32_splat(x4, 4);
      c40 = dot<R>(a4, b0, c40); c41 = dot<R>(a4, b1, c41);
      const a5 = v128.load32_splat(x5, 4);
      c50 = dot<R>(a5, b0, c50); c51 = dot<R>(a5, b1, c51);
    }
    x0 += 8; x1 += 8; x2 += 8; x3 += 8; x4 += 8; x5 += 8;
  }
  v128.store(acc, c00); v128.store(acc, c01, 16);
  v128.store(acc + stride, c10); v128.store(acc + stride, c11, 16);
  v128.store(acc + 2 * stride, c20); v128.store(acc + 2 * stride, c21, 16);
  v128.store(acc + 3 * stride, c30); v128.store(acc + 3 * stride, c31, 16);
  v128.store(acc + 4 * stride, c40); v128.store(acc + 4 * stride, c41, 16);
  v128.store(acc + 5 * stride, c50); v128.store(acc + 5 * stride, c51, 16);
}

/** Exact: the second operand stays in 0…127, so that no pair of products saturates on any machine. */
// @ts-ignore: decorator
@inline
export function dot<R>(row: v128, column: v128, sum: v128): v128 {
  if (isSigned<R>()) return i32x4.relaxed_dot_i8x16_i7x16_add_s(row, column, sum);
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(column, row, sum);
}
