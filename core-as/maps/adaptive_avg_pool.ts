// Pixel (i, j) of out is the mean over rows ⌊i·height/outHeight⌋ to ⌈(i + 1)·height/outHeight⌉ − 1 of x, and columns alike.
import { load_some, store_some } from "../simd/part";

/** Image rows [begin, end) of out. */
export function adaptive_avg_pool(
  begin: usize, end: usize, out: usize, outRowStride: usize, outPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize,
  outHeight: usize, outWidth: usize, height: usize, width: usize, cols: usize,
): void {
  const row = xRowStride << 2, pixel = xPixelStride << 2;
  // image rows of out, then pixels, then four channels at a time
  for (let i = begin; i < end; ++i) {
    const top = i * height / outHeight, rows = ((i + 1) * height + outHeight - 1) / outHeight - top;
    for (let j: usize = 0; j < outWidth; ++j) {
      const left = j * width / outWidth, columns = ((j + 1) * width + outWidth - 1) / outWidth - left;
      const to = out + (i * outRowStride + j * outPixelStride << 2), from = x + top * row + left * pixel;
      for (let c: usize = 0; c < cols; c += 4) {
        const total = bin_sum(from + (c << 2), row, rows, pixel, columns, min(4, cols - c));
        store_some(to + (c << 2), f32x4.div(total, f32x4.splat(<f32>(rows * columns))), min(4, cols - c));
      }
    }
  }
}

/** Σ over the pixels of a bin, row after row, of `count` ≤ 4 channels. */
// @ts-ignore: decorator
@inline
function bin_sum(x: usize, row: usize, rows: usize, pixel: usize, columns: usize, count: usize): v128 {
  let total = f32x4.splat(0);
  // rows of the bin, then its pixels
  for (let y: usize = 0; y < rows; ++y, x += row) {
    for (let j: usize = 0, at = x; j < columns; ++j, at += pixel) total = f32x4.add(total, load_some(at, count));
  }
  return total;
}
