// The largest of every 2×2 pixels of a channels-last map, in steps of 2. A NaN stays one.
import { load_part, store_part } from "./simd/part";

/** Output image rows [begin, end); out and x point at pixel (0, 0), `width` is that of out. */
export function max_pool(
  begin: usize, end: usize, out: usize, outRowStride: usize, outPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize, width: usize, cols: usize,
): void {
  const right = xPixelStride << 2, below = xRowStride << 2;
  const rest = cols & 3, whole = (cols & ~3) << 2;
  for (let y = begin; y < end; ++y) {
    for (let i: usize = 0; i < width; ++i) {
      const to = out + ((y * outRowStride + i * outPixelStride) << 2);
      const from = x + ((2 * y * xRowStride + 2 * i * xPixelStride) << 2);
      for (let j: usize = 0; j < whole; j += 16) {
        const p = from + j;
        const upper = f32x4.max(v128.load(p), v128.load(p + right));
        const lower = f32x4.max(v128.load(p + below), v128.load(p + below + right));
        v128.store(to + j, f32x4.max(upper, lower));
      }
      if (rest) {
        const p = from + whole;
        const upper = f32x4.max(load_part(p, rest), load_part(p + right, rest));
        const lower = f32x4.max(load_part(p + below, rest), load_part(p + below + right, rest));
        store_part(to + whole, f32x4.max(upper, lower), rest);
      }
    }
  }
}
