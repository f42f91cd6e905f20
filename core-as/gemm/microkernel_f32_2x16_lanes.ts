import { madd } from "../simd/lanes";

/** {@link microkernel_f32} of 2 rows × 16 columns for ARM; see microkernel_f32_3x12_lanes.ts. */
export function microkernel_f32_2x16_lanes(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c03 = c00;
  let c10 = c00, c11 = c00, c12 = c00, c13 = c00;
  // runs of k: one for a linear layer, three for the image rows of a 3×3 convolution
  for (let skip: usize = 0; segments > 0; --segments, skip += stride) {
    let x0 = load<usize>(rows) + skip;
    let x1 = load<usize>(rows, 4) + skip;
    const end = panel + k * 64, whole = panel + (k & ~3) * 64;
    // four steps of k
    while (panel < whole) {
      const q0 = v128.load(x0), q1 = v128.load(x1);
      {
        const b0 = v128.load(panel), b1 = v128.load(panel, 16), b2 = v128.load(panel, 32), b3 = v128.load(panel, 48);
        const a0 = v128.shuffle<f32>(q0, q0, 0, 0, 0, 0);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02); c03 = madd(a0, b3, c03);
        const a1 = v128.shuffle<f32>(q1, q1, 0, 0, 0, 0);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12); c13 = madd(a1, b3, c13);
      }
      {
        const b0 = v128.load(panel, 64), b1 = v128.load(panel, 80), b2 = v128.load(panel, 96), b3 = v128.load(panel, 112);
        const a0 = v128.shuffle<f32>(q0, q0, 1, 1, 1, 1);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02); c03 = madd(a0, b3, c03);
        const a1 = v128.shuffle<f32>(q1, q1, 1, 1, 1, 1);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12); c13 = madd(a1, b3, c13);
      }
      {
        const b0 = v128.load(panel, 128), b1 = v128.load(panel, 144), b2 = v128.load(panel, 160), b3 = v128.load(panel, 176);
        const a0 = v128.shuffle<f32>(q0, q0, 2, 2, 2, 2);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02); c03 = madd(a0, b3, c03);
        const a1 = v128.shuffle<f32>(q1, q1, 2, 2, 2, 2);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12); c13 = madd(a1, b3, c13);
      }
      {
        const b0 = v128.load(panel, 192), b1 = v128.load(panel, 208), b2 = v128.load(panel, 224), b3 = v128.load(panel, 240);
        const a0 = v128.shuffle<f32>(q0, q0, 3, 3, 3, 3);
        c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02); c03 = madd(a0, b3, c03);
        const a1 = v128.shuffle<f32>(q1, q1, 3, 3, 3, 3);
        c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12); c13 = madd(a1, b3, c13);
      }
      x0 += 16; x1 += 16;
      panel += 256;
    }
    // the steps that are left
    while (panel < end) {
      const b0 = v128.load(panel), b1 = v128.load(panel, 16), b2 = v128.load(panel, 32), b3 = v128.load(panel, 48);
      const a0 = v128.load32_splat(x0);
      c00 = madd(a0, b0, c00); c01 = madd(a0, b1, c01); c02 = madd(a0, b2, c02); c03 = madd(a0, b3, c03);
      const a1 = v128.load32_splat(x1);
      c10 = madd(a1, b0, c10); c11 = madd(a1, b1, c11); c12 = madd(a1, b2, c12); c13 = madd(a1, b3, c13);
      x0 += 4; x1 += 4;
      panel += 64;
    }
  }
  v128.store(acc, c00); v128.store(acc, c01, 16); v128.store(acc, c02, 32); v128.store(acc, c03, 48);
  v128.store(acc, c10, 64); v128.store(acc, c11, 80); v128.store(acc, c12, 96); v128.store(acc, c13, 112);
}
