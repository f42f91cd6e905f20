// Pixel (y, x) of out = pixel (y, x) of x, or the larger of it and zero; the maps have strides of their own.
import { load_some, store_some } from "../simd/part";

/** Image rows [begin, end); `rectify` 1 makes negative values zero, NaN stays. */
export function copy_map(
  begin: usize, end: usize, out: usize, outRowStride: usize, outPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize, width: usize, cols: usize, rectify: i32,
): void {
  const lowest = f32x4.splat(rectify ? 0 : -Infinity);
  // image rows, then pixels, then four channels at a time
  for (let y = begin; y < end; ++y) {
    let to = out + (y * outRowStride << 2), from = x + (y * xRowStride << 2);
    for (let i: usize = 0; i < width; ++i, to += outPixelStride << 2, from += xPixelStride << 2) {
      for (let c: usize = 0; c < cols; c += 4) {
        const at = c << 2, count = min(4, cols - c);
        store_some(to + at, f32x4.max(load_some(from + at, count), lowest), count);
      }
    }
  }
}
