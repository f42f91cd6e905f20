import { madd } from "../simd/lanes";

/**
 * {@link microkernel_f32} of 3 rows × 12 columns for ARM, where a product with one lane of a vector is one instruction: a row is
 * read four values at a time. The same sums in the same order. On x64 spreading a lane is an instruction of its own.
 */
export function microkernel_f32_3x12_lanes(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00;
  let c10 = c00, c11 = c00, c12 = c00;
  let c20 = c00, c21 = c00, c22 = c00;
  // runs of k: one for a linear layer, three for the image rows of a 3×3 convolution
  for (let skip: usize = 0; segments > 0; --segments, skip += stride) {
    let x0 = load<usize>(rows) + skip;
    let x1 = load<usize>(rows, 4) + skip;
    let x2 = load<usize>(rows, 8) + skip;
    const end = panel + k * 48, whole = panel + (k & ~3) * 48;
    // four steps of k
    while (panel < whole) {
      const q0 = v128.load(x0), q1 = v128.load(x1), q2 = v128.load(x2);
      {
        const b0 = v128.load(panel), b1 = v128.load(panel, 16), b2 = v128.load(panel, 32);
        const a0 = v128.shuffle<f32>(q0, q0, 0, 0, 0, 0);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02);
        const a1 = v128.shuffle<f32>(q1, q1, 0, 0, 0, 0);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12);
        const a2 = v128.shuffle<f32>(q2, q2, 0, 0, 0, 0);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21); c22 = madd(a2, b2, c22);
      }
      {
        const b0 = v128.load(panel, 48), b1 = v128.load(panel, 64), b2 = v128.load(panel, 80);
        const a0 = v128.shuffle<f32>(q0, q0, 1, 1, 1, 1);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02);
        const a1 = v128.shuffle<f32>(q1, q1, 1, 1, 1, 1);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12);
        const a2 = v128.shuffle<f32>(q2, q2, 1, 1, 1, 1);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21); c22 = madd(a2, b2, c22);
      }
      {
        const b0 = v128.load(panel, 96), b1 = v128.load(panel, 112), b2 = v128.load(panel, 128);
        const a0 = v128.shuffle<f32>(q0, q0, 2, 2, 2, 2);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02);
        const a1 = v128.shuffle<f32>(q1, q1, 2, 2, 2, 2);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12);
        const a2 = v128.shuffle<f32>(q2, q2, 2, 2, 2, 2);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21); c22 = madd(a2, b2, c22);
      }
      {
        const b0 = v128.load(panel, 144), b1 = v128.load(panel, 160), b2 = v128.load(panel, 176);
        const a0 = v128.shuffle<f32>(q0, q0, 3, 3, 3, 3);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02);
        const a1 = v128.shuffle<f32>(q1, q1, 3, 3, 3, 3);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12);
        const a2 = v128.shuffle<f32>(q2, q2, 3, 3, 3, 3);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21); c22 = madd(a2, b2, c22);
      }
      x0 += 16; x1 += 16; x2 += 16;
      panel += 192;
    }
    // the steps that are left
    while (panel < end) {
      const b0 = v128.load(panel), b1 = v128.load(panel, 16), b2 = v128.load(panel, 32);
      const a0 = v128.load32_splat(x0);
      c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02);
      const a1 = v128.load32_splat(x1);
      c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12);
      const a2 = v128.load32_splat(x2);
      c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21); c22 = madd(a2, b2, c22);
      x0 += 4; x1 += 4; x2 += 4;
      panel += 48;
    }
  }
  v128.store(acc, c00); v128.store(acc, c01, 16); v128.store(acc, c02, 32);
  v128.store(acc, c10, 48); v128.store(acc, c11, 64); v128.store(acc, c12, 80);
  v128.store(acc, c20, 96); v128.store(acc, c21, 112); v128.store(acc, c22, 128);
}
