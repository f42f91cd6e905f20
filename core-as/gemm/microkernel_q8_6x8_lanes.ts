import { dot } from "./microkernel_q8_6x8";

/**
 * The sums of {@link microkernel_q8}, tiles of 6 rows × 8 columns for ARM: sixteen values of a row are read at once, and each four of
 * them are spread to all lanes. 12 sums, 6 rows, 2 weights and one input are kept in registers, of which ARM has 32. As in 3×12 the
 * `break` between two steps keeps the compiler from moving products, which needs more.
 */
export function microkernel_q8_6x8_lanes<R>(acc: usize, stride: usize, rows: usize, panel: usize, end: usize): void {
  let x0 = load<usize>(rows), x1 = load<usize>(rows, 4);
  let x2 = load<usize>(rows, 8), x3 = load<usize>(rows, 12);
  let x4 = load<usize>(rows, 16), x5 = load<usize>(rows, 20);
  let c00 = i32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  const last1 = end - 32, last2 = end - 64, last3 = end - 96;
  // four steps of k
  for (let at = panel; at < end; at += 128) {
    const q0 = v128.load(x0), q1 = v128.load(x1), q2 = v128.load(x2);
    const q3 = v128.load(x3), q4 = v128.load(x4), q5 = v128.load(x5);
    {
      const b0 = v128.load(at), b1 = v128.load(at, 16);
      const a0 = v128.shuffle<i32>(q0, q0, 0, 0, 0, 0);
      c00 = dot<R>(a0, b0, c00); c01 = dot<R>(a0, b1, c01);
      const a1 = v128.shuffle<i32>(q1, q1, 0, 0, 0, 0);
      c10 = dot<R>(a1, b0, c10); c11 = dot<R>(a1, b1, c11);
      const a2 = v128.shuffle<i32>(q2, q2, 0, 0, 0, 0);
      c20 = dot<R>(a2, b0, c20); c21 = dot<R>(a2, b1, c21);
      const a3 = v128.shuffle<i32>(q3, q3, 0, 0, 0, 0);
      c30 = dot<R>(a3, b0, c30); c31 = dot<R>(a3, b1, c31);
      const a4 = v128.shuffle<i32>(q4, q4, 0, 0, 0, 0);
      c40 = dot<R>(a4, b0, c40); c41 = dot<R>(a4, b1, c41);
      const a5 = v128.shuffle<i32>(q5, q5, 0, 0, 0, 0);
      c50 = dot<R>(a5, b0, c50); c51 = dot<R>(a5, b1, c51);
    }
    if (at >= last1) break;
    {
      const b0 = v128.load(at, 32), b1 = v128.load(at, 48);
      const a0 = v128.shuffle<i32>(q0, q0, 1, 1, 1, 1);
      c00 = dot<R>(a0, b0, c00); c01 = dot<R>(a0, b1, c01);
      const a1 = v128.shuffle<i32>(q1, q1, 1, 1, 1, 1);
      c10 = dot<R>(a1, b0, c10); c11 = dot<R>(a1, b1, c11);
      const a2 = v128.shuffle<i32>(q2, q2, 1, 1, 1, 1);
      c20 = dot<R>(a2, b0, c20); c21 = dot<R>(a2, b1, c21);
      const a3 = v128.shuffle<i32>(q3, q3, 1, 1, 1, 1);
      c30 = dot<R>(a3, b0, c30); c31 = dot<R>(a3, b1, c31);
      const a4 = v128.shuffle<i32>(q4, q4, 1, 1, 1, 1);
      c40 = dot<R>(a4, b0, c40); c41 = dot<R>(a4, b1, c41);
      const a5 = v128.shuffle<i32>(q5, q5, 1, 1, 1, 1);
      c50 = dot<R>(a5, b0, c50); c51 = dot<R>(a5, b1, c51);
    }
    if (at >= last2) break;
    {
      const b0 = v128.load(at, 64), b1 = v128.load(at, 80);
      const a0 = v128.shuffle<i32>(q0, q0, 2, 2, 2, 2);
      c00 = dot<R>(a0, b0, c00); c01 = dot<R>(a0, b1, c01);
      const a1 = v128.shuffle<i32>(q1, q1, 2, 2, 2, 2);
      c10 = dot<R>(a1, b0, c10); c11 = dot<R>(a1, b1, c11);
      const a2 = v128.shuffle<i32>(q2, q2, 2, 2, 2, 2);
      c20 = dot<R>(a2, b0, c20); c21 = dot<R>(a2, b1, c21);
      const a3 = v128.shuffle<i32>(q3, q3, 2, 2, 2, 2);
      c30 = dot<R>(a3, b0, c30); c31 = dot<R>(a3, b1, c31);
      const a4 = v128.shuffle<i32>(q4, q4, 2, 2, 2, 2);
      c40 = dot<R>(a4, b0, c40); c41 = dot<R>(a4, b1, c41);
      const a5 = v128.shuffle<i32>(q5, q5, 2, 2, 2, 2);
      c50 = dot<R>(a5, b0, c50); c51 = dot<R>(a5, b1, c51);
    }
    if (at >= last3) break;
    {
      const b0 = v128.load(at, 96), b1 = v128.load(at, 112);
      const a0 = v128.shuffle<i32>(q0, q0, 3, 3, 3, 3);
      c00 = dot<R>(a0, b0, c00); c01 = dot<R>(a0, b1, c01);
      const a1 = v128.shuffle<i32>(q1, q1, 3, 3, 3, 3);
      c10 = dot<R>(a1, b0, c10); c11 = dot<R>(a1, b1, c11);
      const a2 = v128.shuffle<i32>(q2, q2, 3, 3, 3, 3);
      c20 = dot<R>(a2, b0, c20); c21 = dot<R>(a2, b1, c21);
      const a3 = v128.shuffle<i32>(q3, q3, 3, 3, 3, 3);
      c30 = dot<R>(a3, b0, c30); c31 = dot<R>(a3, b1, c31);
      const a4 = v128.shuffle<i32>(q4, q4, 3, 3, 3, 3);
      c40 = dot<R>(a4, b0, c40); c41 = dot<R>(a4, b1, c41);
      const a5 = v128.shuffle<i32>(q5, q5, 3, 3, 3, 3);
      c50 = dot<R>(a5, b0, c50); c51 = dot<R>(a5, b1, c51);
    }
    x0 += 16; x1 += 16; x2 += 16; x3 += 16; x4 += 16; x5 += 16;
  }
  v128.store(acc, c00); v128.store(acc, c01, 16);
  v128.store(acc + stride, c10); v128.store(acc + stride, c11, 16);
  v128.store(acc + 2 * stride, c20); v128.store(acc + 2 * stride, c21, 16);
  v128.store(acc + 3 * stride, c30); v128.store(acc + 3 * stride, c31, 16);
  v128.store(acc + 4 * stride, c40); v128.store(acc + 4 * stride, c41, 16);
  v128.store(acc + 5 * stride, c50); v128.store(acc + 5 * stride, c51, 16);
}
