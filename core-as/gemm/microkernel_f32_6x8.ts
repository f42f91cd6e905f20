import { madd } from "../simd/lanes";

/**
 * {@link microkernel_f32} of 6 rows × 8 columns, for fused arithmetic: 12 sums, 2 weights and one input at a time are kept in
 * registers, and no product. Two vectors a row also let V8 join them to one of 256 bits.
 * A round has three steps of k, with a `break` between them as in microkernel_f32_3x12.ts.
 */
export function microkernel_f32_6x8(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  // runs of k: one for a linear layer, three for the image rows of a 3×3 convolution
  for (let skip: usize = 0; segments > 0; --segments, skip += stride) {
    let x0 = load<usize>(rows) + skip, x1 = load<usize>(rows, 4) + skip, x2 = load<usize>(rows, 8) + skip;
    let x3 = load<usize>(rows, 12) + skip, x4 = load<usize>(rows, 16) + skip, x5 = load<usize>(rows, 20) + skip;
    const end = panel + k * 32;
    // three steps of k
    while (panel < end) {
      {
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
      }
      if (panel >= end - 32) break;
      {
        const b0 = v128.load(panel, 32), b1 = v128.load(panel, 48);
        const a0 = v128.load32_splat(x0, 4);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01);
        const a1 = v128.load32_splat(x1, 4);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11);
        const a2 = v128.load32_splat(x2, 4);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21);
        const a3 = v128.load32_splat(x3, 4);
        c30 = madd(a3, b0, c30); c31 = madd(a3, b1, c31);
        const a4 = v128.load32_splat(x4, 4);
        c40 = madd(a4, b0, c40); c41 = madd(a4, b1, c41);
        const a5 = v128.load32_splat(x5, 4);
        c50 = madd(a5, b0, c50); c51 = madd(a5, b1, c51);
      }
      if (panel >= end - 64) break;
      {
        const b0 = v128.load(panel, 64), b1 = v128.load(panel, 80);
        const a0 = v128.load32_splat(x0, 8);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01);
        const a1 = v128.load32_splat(x1, 8);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11);
        const a2 = v128.load32_splat(x2, 8);
        c20 = madd(a2, b0, c20); c21 = madd(a2, b1, c21);
        const a3 = v128.load32_splat(x3, 8);
        c30 = madd(a3, b0, c30); c31 = madd(a3, b1, c31);
        const a4 = v128.load32_splat(x4, 8);
        c40 = madd(a4, b0, c40); c41 = madd(a4, b1, c41);
        const a5 = v128.load32_splat(x5, 8);
        c50 = madd(a5, b0, c50); c51 = madd(a5, b1, c51);
      }
      x0 += 12; x1 += 12; x2 += 12; x3 += 12; x4 += 12; x5 += 12;
      panel += 96;
    }
    panel = end;
  }
  v128.store(acc, c00); v128.store(acc, c01, 16); v128.store(acc, c10, 32); v128.store(acc, c11, 48);
  v128.store(acc, c20, 64); v128.store(acc, c21, 80); v128.store(acc, c30, 96); v128.store(acc, c31, 112);
  v128.store(acc, c40, 128); v128.store(acc, c41, 144); v128.store(acc, c50, 160); v128.store(acc, c51, 176);
}
