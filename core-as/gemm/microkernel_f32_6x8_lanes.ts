import { madd } from "../simd/lanes";

/**
 * {@link microkernel_f32} of 6 rows × 8 columns for ARM: rows are read four values at a time, see microkernel_f32_3x12_lanes.ts.
 */
export function microkernel_f32_6x8_lanes(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  // runs of k: one for a linear layer, three for the image rows of a 3×3 convolution
  for (let skip: usize = 0; segments > 0; --segments, skip += stride) {
    let x0 = load<usize>(rows) + skip, x1 = load<usize>(rows, 4) + skip, x2 = load<usize>(rows, 8) + skip;
    let x3 = load<usize>(rows, 12) + skip, x4 = load<usize>(rows, 16) + skip, x5 = load<usize>(rows, 20) + skip;
    const end = panel + k * 32, whole = panel + (k & ~3) * 32;
    // four steps of k
    while (panel < whole) {
      const q0 = v128.load(x0), q1 = v128.load(x1), q2 = v128.load(x2);
      const q3 = v128.load(x3), q4 = v128.load(x4), q5 = v128.load(x5);
      {
        const b0 = v128.load(panel), b1 = v128.load(panel, 16);
        const a0 = v128.shuffle<f32>(q0, q0, 0, 0, 0, 0);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01);
        const a1 = v128.shuffle<f32>(q1, q1, 0, 0, 0, 0);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11);
        const a2 = v128.shuffle<f32>(q2, q2, 0, 0, 0, 0);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21);
        const a3 = v128.shuffle<f32>(q3, q3, 0, 0, 0, 0);
        c30 = madd(a3, b0, c30); c31 = madd(a3, b1, c31);
        const a4 = v128.shuffle<f32>(q4, q4, 0, 0, 0, 0);
        c40 = madd(a4, b0, c40); c41 = madd(a4, b1, c41);
        const a5 = v128.shuffle<f32>(q5, q5, 0, 0, 0, 0);
        c50 = madd(a5, b0, c50); c51 = madd(a5, b1, c51);
      }
      {
        const b0 = v128.load(panel, 32), b1 = v128.load(panel, 48);
        const a0 = v128.shuffle<f32>(q0, q0, 1, 1, 1, 1);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01);
        const a1 = v128.shuffle<f32>(q1, q1, 1, 1, 1, 1);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11);
        const a2 = v128.shuffle<f32>(q2, q2, 1, 1, 1, 1);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21);
        const a3 = v128.shuffle<f32>(q3, q3, 1, 1, 1, 1);
        c30 = madd(a3, b0, c30); c31 = madd(a3, b1, c31);
        const a4 = v128.shuffle<f32>(q4, q4, 1, 1, 1, 1);
        c40 = madd(a4, b0, c40); c41 = madd(a4, b1, c41);
        const a5 = v128.shuffle<f32>(q5, q5, 1, 1, 1, 1);
        c50 = madd(a5, b0, c50); c51 = madd(a5, b1, c51);
      }
      {
        const b0 = v128.load(panel, 64), b1 = v128.load(panel, 80);
        const a0 = v128.shuffle<f32>(q0, q0, 2, 2, 2, 2);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01);
        const a1 = v128.shuffle<f32>(q1, q1, 2, 2, 2, 2);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11);
        const a2 = v128.shuffle<f32>(q2, q2, 2, 2, 2, 2);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21);
        const a3 = v128.shuffle<f32>(q3, q3, 2, 2, 2, 2);
        c30 = madd(a3, b0, c30); c31 = madd(a3, b1, c31);
        const a4 = v128.shuffle<f32>(q4, q4, 2, 2, 2, 2);
        c40 = madd(a4, b0, c40); c41 = madd(a4, b1, c41);
        const a5 = v128.shuffle<f32>(q5, q5, 2, 2, 2, 2);
        c50 = madd(a5, b0, c50); c51 = madd(a5, b1, c51);
      }
      {
        const b0 = v128.load(panel, 96), b1 = v128.load(panel, 112);
        const a0 = v128.shuffle<f32>(q0, q0, 3, 3, 3, 3);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01);
        const a1 = v128.shuffle<f32>(q1, q1, 3, 3, 3, 3);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11);
        const a2 = v128.shuffle<f32>(q2, q2, 3, 3, 3, 3);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21);
        const a3 = v128.shuffle<f32>(q3, q3, 3, 3, 3, 3);
        c30 = madd(a3, b0, c30); c31 = madd(a3, b1, c31);
        const a4 = v128.shuffle<f32>(q4, q4, 3, 3, 3, 3);
        c40 = madd(a4, b0, c40); c41 = madd(a4, b1, c41);
        const a5 = v128.shuffle<f32>(q5, q5, 3, 3, 3, 3);
        c50 = madd(a5, b0, c50); c51 = madd(a5, b1, c51);
      }
      x0 += 16; x1 += 16; x2 += 16; x3 += 16; x4 += 16; x5 += 16;
      panel += 128;
    }
    // the steps that are left
    while (panel < end) {
      const b0 = v128.load(panel), b1 = v128.load(panel, 16);
      const a0 = v128.load32_splat(x0);
      c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01);
      const a1 = v128.load32_splat(x1);
      c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11);
      const a2 = v128.load32_splat(x2);
      c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21);
      const a3 = v128.load32_splat(x3);
      c30 = madd(a3, b0, c30); c31 = madd(a3, b1, c31);
      const a4 = v128.load32_splat(x4);
      c40 = madd(a4, b0, c40); c41 = madd(a4, b1, c41);
      const a5 = v128.load32_splat(x5);
      c50 = madd(a5, b0, c50); c51 = madd(a5, b1, c51);
      x0 += 4; x1 += 4; x2 += 4; x3 += 4; x4 += 4; x5 += 4;
      panel += 32;
    }
  }
  v128.store(acc, c00); v128.store(acc, c01, 16); v128.store(acc, c10, 32); v128.store(acc, c11, 48);
  v128.store(acc, c20, 64); v128.store(acc, c21, 80); v128.store(acc, c30, 96); v128.store(acc, c31, 112);
  v128.store(acc, c40, 128); v128.store(acc, c41, 144); v128.store(acc, c50, 160); v128.store(acc, c51, 176);
}
