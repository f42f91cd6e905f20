import { madd } from "../simd/lanes";

/** {@link tile_f32} with 3 rows × 12 columns: 9 sums, 3 weights and one input at a time live in registers. */
export function tile_3x12(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00;
  let c10 = c00, c11 = c00, c12 = c00;
  let c20 = c00, c21 = c00, c22 = c00;
  for (let skip: usize = 0; segments > 0; --segments, skip += stride) {
    let x0 = load<usize>(rows) + skip;
    let x1 = load<usize>(rows, 4) + skip;
    let x2 = load<usize>(rows, 8) + skip;
    const end = panel + k * 48;
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
