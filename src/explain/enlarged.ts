/** Interleaved samples of 8 bits. */
interface Samples {
  readonly data: Uint8Array | Uint8ClampedArray; // [height, width, channels]
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/**
 * A picture whose longer side has at least `least` pixels, so that it can be seen: each pixel is repeated a whole number of
 * times along both sides. One that is large enough is given back.
 */
export function enlarged<P extends Samples>(picture: P, least: number): P | (Samples & { readonly data: Uint8Array }) {
  const { data, width, height, channels } = picture;
  const times = Math.ceil(least / Math.max(width, height));
  if (times <= 1) return picture;
  const row = width * times * channels;
  const out = new Uint8Array(row * height * times);
  for (let y = 0; y < height; y++) {
    const first = y * times * row;
    for (let x = 0; x < width * times; x++) {
      const from = (y * width + Math.floor(x / times)) * channels;
      for (let c = 0; c < channels; c++) out[first + x * channels + c] = data[from + c];
    }
    // the other rows are the same
    for (let i = 1; i < times; i++) out.copyWithin(first + i * row, first, first + row);
  }
  return { data: out, width: width * times, height: height * times, channels };
}
