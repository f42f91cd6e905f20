// out[c][y·width + x] = pixel (y, x), channel c: from channels-last maps to the layout of tensors.
import { load_some } from "../simd/part";
import { store_columns } from "../simd/transpose";

/** Image rows [begin, end) of x. */
export function channels_first(
  begin: usize, end: usize, out: usize, outStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize, width: usize, cols: usize,
): void {
  const step = outStride << 2, pixel = xPixelStride << 2, whole = width & ~3;
  // image rows
  for (let y = begin; y < end; ++y) {
    const to = out + (y * width << 2), from = x + (y * xRowStride << 2);
    // squares of four pixels by four channels, transposed
    for (let i: usize = 0; i < whole; i += 4) {
      const at = from + i * pixel;
      for (let c: usize = 0; c < cols; c += 4) {
        const count = min(4, cols - c), a = at + (c << 2);
        store_columns(
          to + (i << 2) + c * step, step,
          load_some(a, count), load_some(a + pixel, count), load_some(a + 2 * pixel, count), load_some(a + 3 * pixel, count),
          count,
        );
      }
    }
    // the last one to three pixels, channel by channel
    for (let i = whole; i < width; ++i) {
      const at = from + i * pixel;
      for (let c: usize = 0; c < cols; ++c) store<f32>(to + (i << 2) + c * step, load<f32>(at + (c << 2)));
    }
  }
}
