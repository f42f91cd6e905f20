import { NR } from "./shape";

/** a·b + c with two roundings, as every engine does it; a fused multiply-add would differ from machine to machine. */
// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/**
 * acc[4, 8] = Σ_p x[i][p]·panel[p][j]: the place where the time goes.
 * `rows` are the addresses of four input rows. A row lies in `segments` runs of k floats, `segmentStride` bytes apart.
 * panel is [segments·k, 8]. Every sum runs over p in order, in one accumulator.
 */
export function tile_f32(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, segmentStride: usize): void {
  let c00 = f32x4.splat(0), c01 = c00;
  let c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00;
  for (let segment: usize = 0; segment < segments; ++segment) {
    const skip = segment * segmentStride;
    let x0 = load<usize>(rows) + skip;
    let x1 = load<usize>(rows, 4) + skip;
    let x2 = load<usize>(rows, 8) + skip;
    let x3 = load<usize>(rows, 12) + skip;
    const end = panel + k * (NR << 2);
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
      x0 += 4; x1 += 4; x2 += 4; x3 += 4;
      panel += NR << 2;
    }
  }
  v128.store(acc, c00); v128.store(acc, c01, 16);
  v128.store(acc, c10, 32); v128.store(acc, c11, 48);
  v128.store(acc, c20, 64); v128.store(acc, c21, 80);
  v128.store(acc, c30, 96); v128.store(acc, c31, 112);
}
