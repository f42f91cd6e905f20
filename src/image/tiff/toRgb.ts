import { check } from '../../errors.ts';
import { TAG, type TiffDirectory } from './tiffDirectory.ts';
import type { TiffFile } from './tiffFile.ts';

/** Unpacked pixels [height, width, bands] in red, green and blue. */
export function toRgb(pixels: Uint8Array, { layout, directory, form }: TiffFile): Uint8Array {
  switch (layout.color) {
    case 'rgb':
      return pixels;
    case 'gray':
      return fromIndices(pixels, (index) => [index, index, index]);
    case 'palette':
      return fromPalette(pixels, directory, form);
    case 'cmyk':
      return fromCmyk(pixels);
    case 'ycbcr':
      return fromYcbcr(pixels);
  }
}

function fromIndices(indices: Uint8Array, color: (index: number) => readonly number[]): Uint8Array {
  const palette = Uint8Array.from({ length: 256 }, (_, i) => i);
  const [red, green, blue] = [0, 1, 2].map((c) => palette.map((i) => color(i)[c]));
  const rgb = new Uint8Array(indices.length * 3);
  for (let i = 0, to = 0; i < indices.length; i++, to += 3) {
    const index = indices[i];
    rgb[to] = red[index];
    rgb[to + 1] = green[index];
    rgb[to + 2] = blue[index];
  }
  return rgb;
}

/** All reds, then all greens, then all blues, of 16 bits each; black where the file has no entry. */
function fromPalette(
  indices: Uint8Array,
  directory: TiffDirectory,
  { bits, compressed }: TiffFile['form'],
): Uint8Array {
  const map = directory.integers(TAG.colorMap);
  const count = Math.floor(map.length / 3);
  const least = compressed && bits < 8 ? 1 << bits : 1; // libtiff needs all of these
  check(count >= least && count <= 256, 'InvalidImage', () => {
    return `Cannot decode TIFF: expected a palette of ${least} to 256 colors, got ${count}`;
  });
  return fromIndices(indices, (i) => [0, 1, 2].map((c) => (i < count ? map[c * count + i] >> 8 : 0)));
}

/** Pillow's rule, as for JPEG. */
function fromCmyk(pixels: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((pixels.length / 4) * 3);
  for (let from = 0, to = 0; from < pixels.length; from += 4) {
    const light = 255 - pixels[from + 3];
    for (let c = 0; c < 3; c++) {
      const product = pixels[from + c] * light + 128;
      rgb[to++] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
  return rgb;
}

/** Uncompressed YCbCr, in place, by the tables of Pillow: fractions of six bits. */
function fromYcbcr(pixels: Uint8Array): Uint8Array {
  const table = (factor: number) =>
    Int16Array.from({ length: 256 }, (_, i) => Math.trunc(factor * 64 * (i - 128) + 0.5));
  const [crRed, cbGreen, crGreen, cbBlue] = [1.402, -0.34414, -0.71414, 1.772].map(table);
  const clamped = Uint8ClampedArray.of(0, 0, 0);
  for (let at = 0; at < pixels.length; at += 3) {
    const [y, cb, cr] = [pixels[at], pixels[at + 1], pixels[at + 2]];
    clamped[0] = y + (crRed[cr] >> 6);
    clamped[1] = y + ((cbGreen[cb] + crGreen[cr]) >> 6);
    clamped[2] = y + (cbBlue[cb] >> 6);
    pixels.set(clamped, at);
  }
  return pixels;
}
