// out[c, y·width + x] = pixel (y, x), channel c. A map row stays in the second-level cache while each channel is read.

/** Image rows [begin, end) of x, which points at pixel (0, 0). */
export function channels_first(
  begin: usize, end: usize, out: usize, outStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize, width: usize, cols: usize,
): void {
  const pixel = xPixelStride << 2;
  for (let y = begin; y < end; ++y) {
    const row = x + (y * xRowStride << 2);
    for (let c: usize = 0; c < cols; ++c) {
      let from = row + (c << 2), to = out + ((c * outStride + y * width) << 2);
      for (let i: usize = 0; i < width; ++i, from += pixel, to += 4) store<f32>(to, load<f32>(from));
    }
  }
}
