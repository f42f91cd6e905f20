// Pixel (i, j) = the mean of x over rows ⌊i·h/h'⌋ … ⌈(i + 1)·h/h'⌉ − 1 and columns alike: regions may overlap.
import { load_part, store_part } from "./simd/part";

/** Output image rows [begin, end); out and x point at pixel (0, 0). */
export function adaptive_avg_pool(
  begin: usize, end: usize, out: usize, outRowStride: usize, outPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize,
  outHeight: usize, outWidth: usize, height: usize, width: usize, cols: usize,
): void {
  const rest = cols & 3, whole = (cols & ~3) << 2;
  for (let i = begin; i < end; ++i) {
    const top = i * height / outHeight, rows = ((i + 1) * height + outHeight - 1) / outHeight - top;
    for (let j: usize = 0; j < outWidth; ++j) {
      const left = j * width / outWidth, columns = ((j + 1) * width + outWidth - 1) / outWidth - left;
      const to = out + ((i * outRowStride + j * outPixelStride) << 2);
      const from = x + ((top * xRowStride + left * xPixelStride) << 2);
      const count = f32x4.splat(<f32>(rows * columns));
      for (let c: usize = 0; c < whole; c += 16) {
        v128.store(to + c, f32x4.div(region(from + c, xRowStride << 2, xPixelStride << 2, rows, columns, 4), count));
      }
      if (rest) {
        const sum = region(from + whole, xRowStride << 2, xPixelStride << 2, rows, columns, rest);
        store_part(to + whole, f32x4.div(sum, count), rest);
      }
    }
  }
}

/** Sums of `cols` ≤ 4 neighbouring channels, pixel after pixel in reading order. */
// @ts-ignore: decorator
@inline
function region(x: usize, row: usize, pixel: usize, rows: usize, columns: usize, cols: usize): v128 {
  let sum = f32x4.splat(0);
  for (let y: usize = 0; y < rows; ++y) {
    let p = x + y * row;
    for (let i: usize = 0; i < columns; ++i, p += pixel) {
      sum = f32x4.add(sum, cols == 4 ? v128.load(p) : load_part(p, cols));
    }
  }
  return sum;
}
