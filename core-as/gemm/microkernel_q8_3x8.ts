/** Eight 16-bit lanes of 1. */
export const ONES: usize = memory.data<i16>([1, 1, 1, 1, 1, 1, 1, 1], 16);

/**
 * The sums of 3 rows × 8 columns of {@link microkernel_q8}, by pairs: the relaxed dot of 16-bit lanes, then pairs of those times
 * one. 6 sums, 2 weights, one input, the ones and one product are kept in registers. One step of k a round:
 * JavaScriptCore splits a splat from an address with an offset.
 */
export function microkernel_q8_3x8<R>(acc: usize, stride: usize, rows: usize, panel: usize, end: usize): void {
  const ones = v128.load(ONES);
  let x0 = load<usize>(rows), x1 = load<usize>(rows, 4), x2 = load<usize>(rows, 8);
  let c00 = i32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  // one step of k
  for (let at = panel; at < end; at += 32) {
    const b0 = v128.load(at), b1 = v128.load(at, 16);
    const a0 = v128.load32_splat(x0);
    c00 = dot<R>(a0, b0, c00, ones); c01 = dot<R>(a0, b1, c01, ones);
    const a1 = v128.load32_splat(x1);
    c10 = dot<R>(a1, b0, c10, ones); c11 = dot<R>(a1, b1, c11, ones);
    const a2 = v128.load32_splat(x2);
    c20 = dot<R>(a2, b0, c20, ones); c21 = dot<R>(a2, b1, c21, ones);
    x0 += 4; x1 += 4; x2 += 4;
  }
  v128.store(acc, c00); v128.store(acc, c01, 16);
  v128.store(acc + stride, c10); v128.store(acc + stride, c11, 16);
  v128.store(acc + 2 * stride, c20); v128.store(acc + 2 * stride, c21, 16);
}

/** Exact: the second operand stays in 0…127, so that no pair of products leaves 16 bits. */
// @ts-ignore: decorator
@inline
function dot<R>(row: v128, column: v128, sum: v128, ones: v128): v128 {
  const pairs = isSigned<R>()
    ? i16x8.relaxed_dot_i8x16_i7x16_s(row, column)
    : i16x8.relaxed_dot_i8x16_i7x16_s(column, row);
  return widen(pairs, ones, sum);
}

/** sum + neighbors of `pairs`, in 32 bits. */
// @ts-ignore: decorator
@inline
export function widen(pairs: v128, ones: v128, sum: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(pairs, ones), sum);
}
