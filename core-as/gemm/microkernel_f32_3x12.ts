import { madd } from "../simd/lanes";

/**
 * {@link microkernel_f32} of 3 rows × 12 columns: 9 sums, 3 weights and one input at a time are kept in registers.
 * A round has three steps of k. The `break` between two of them ends the last round, and keeps the compiler from moving the
 * products of one step into the sums of the next, which needs more registers than there are.
 */
export function microkernel_f32_3x12(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00;
  let c10 = c00, c11 = c00, c12 = c00;
  let c20 = c00, c21 = c00, c22 = c00;
  // runs of k: one for a linear layer, three for the image rows of a 3×3 convolution
  for (let skip: usize = 0; segments > 0; --segments, skip += stride) {
    let x0 = load<usize>(rows) + skip;
    let x1 = load<usize>(rows, 4) + skip;
    let x2 = load<usize>(rows, 8) + skip;
    const end = panel + k * 48;
    // three steps of k
    while (panel < end) {
      {
        const b0 = v128.load(panel), b1 = v128.load(panel, 16), b2 = v128.load(panel, 32);
        const a0 = v128.load32_splat(x0);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02);
        const a1 = v128.load32_splat(x1);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12);
        const a2 = v128.load32_splat(x2);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21); c22 = madd(a2, b2, c22);
      }
      if (panel >= end - 48) break;
      {
        const b0 = v128.load(panel, 48), b1 = v128.load(panel, 64), b2 = v128.load(panel, 80);
        const a0 = v128.load32_splat(x0, 4);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02);
        const a1 = v128.load32_splat(x1, 4);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12);
        const a2 = v128.load32_splat(x2, 4);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21); c22 = madd(a2, b2, c22);
      }
      if (panel >= end - 96) break;
      {
        const b0 = v128.load(panel, 96), b1 = v128.load(panel, 112), b2 = v128.load(panel, 128);
        const a0 = v128.load32_splat(x0, 8);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02);
        const a1 = v128.load32_splat(x1, 8);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12);
        const a2 = v128.load32_splat(x2, 8);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21); c22 = madd(a2, b2, c22);
      }
      x0 += 12; x1 += 12; x2 += 12;
      panel += 144;
    }
    panel = end;
  }
  v128.store(acc, c00); v128.store(acc, c01, 16); v128.store(acc, c02, 32);
  v128.store(acc, c10, 48); v128.store(acc, c11, 64); v128.store(acc, c12, 80);
  v128.store(acc, c20, 96); v128.store(acc, c21, 112); v128.store(acc, c22, 128);
}
