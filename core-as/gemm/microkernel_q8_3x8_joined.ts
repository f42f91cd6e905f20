import { ONES, widen } from "./microkernel_q8_3x8";

/**
 * microkernel_q8_3x8.ts with two steps of k a round in the runs that joined_steps.ts found: their pairs are added in 16 bits, then
 * widened together. The same sums, since they are exact. Rows are of 0…127. The addresses of the rows advance between the two steps:
 * JavaScriptCore splits a splat from an address with an offset.
 */
export function microkernel_q8_3x8_joined(
  acc: usize, stride: usize, rows: usize, panel: usize, end: usize, runs: usize,
): void {
  const ones = v128.load(ONES);
  let x0 = load<usize>(rows), x1 = load<usize>(rows, 4), x2 = load<usize>(rows, 8);
  let c00 = i32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  // runs of joined steps, and the steps behind each
  for (let at = panel;; runs += 4) {
    // two steps of k, joined
    for (const run = load<usize>(runs); at < run; at += 64) {
      const b0 = v128.load(at), b1 = v128.load(at, 16), d0 = v128.load(at, 32), d1 = v128.load(at, 48);
      const a0 = v128.load32_splat(x0), a1 = v128.load32_splat(x1), a2 = v128.load32_splat(x2);
      x0 += 4; x1 += 4; x2 += 4;
      const e0 = v128.load32_splat(x0);
      c00 = widen(i16x8.add(pairs(b0, a0), pairs(d0, e0)), ones, c00);
      c01 = widen(i16x8.add(pairs(b1, a0), pairs(d1, e0)), ones, c01);
      const e1 = v128.load32_splat(x1);
      c10 = widen(i16x8.add(pairs(b0, a1), pairs(d0, e1)), ones, c10);
      c11 = widen(i16x8.add(pairs(b1, a1), pairs(d1, e1)), ones, c11);
      const e2 = v128.load32_splat(x2);
      c20 = widen(i16x8.add(pairs(b0, a2), pairs(d0, e2)), ones, c20);
      c21 = widen(i16x8.add(pairs(b1, a2), pairs(d1, e2)), ones, c21);
      x0 += 4; x1 += 4; x2 += 4;
    }
    if (at >= end) break;
    // two steps of k by themselves, or the last one
    for (const next = min(at + 64, end); at < next; at += 32) {
      const b0 = v128.load(at), b1 = v128.load(at, 16);
      const a0 = v128.load32_splat(x0), a1 = v128.load32_splat(x1), a2 = v128.load32_splat(x2);
      c00 = widen(pairs(b0, a0), ones, c00); c01 = widen(pairs(b1, a0), ones, c01);
      c10 = widen(pairs(b0, a1), ones, c10); c11 = widen(pairs(b1, a1), ones, c11);
      c20 = widen(pairs(b0, a2), ones, c20); c21 = widen(pairs(b1, a2), ones, c21);
      x0 += 4; x1 += 4; x2 += 4;
    }
  }
  v128.store(acc, c00); v128.store(acc, c01, 16);
  v128.store(acc + stride, c10); v128.store(acc + stride, c11, 16);
  v128.store(acc + 2 * stride, c20); v128.store(acc + 2 * stride, c21, 16);
}

/** Sums of two products in 16 bits: exact, since a row stays in 0…127. */
// @ts-ignore: decorator
@inline
function pairs(column: v128, row: v128): v128 {
  return i16x8.relaxed_dot_i8x16_i7x16_s(column, row);
}
