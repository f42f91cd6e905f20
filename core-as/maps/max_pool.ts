// Pixel (y, x) of out is the largest of pixels (2y + {0, 1}, 2x + {0, 1}), channel by channel; NaN wins.
import { load_some, store_some } from "../simd/part";

/** Image rows [begin, end) of out. */
export function max_pool(
  begin: usize, end: usize, out: usize, outRowStride: usize, outPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize, width: usize, cols: usize,
): void {
  const below = xRowStride << 2, right = xPixelStride << 2;
  // image rows of out, then pixels, then four channels at a time
  for (let y = begin; y < end; ++y) {
    let to = out + (y * outRowStride << 2), from = x + (2 * y * xRowStride << 2);
    for (let i: usize = 0; i < width; ++i, to += outPixelStride << 2, from += 2 * right) {
      for (let c: usize = 0; c < cols; c += 4) {
        const at = from + (c << 2), count = min(4, cols - c);
        const upper = f32x4.max(load_some(at, count), load_some(at + right, count));
        const lower = f32x4.max(load_some(at + below, count), load_some(at + below + right, count));
        store_some(to + (c << 2), f32x4.max(upper, lower), count);
      }
    }
  }
}
