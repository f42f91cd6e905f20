import { check } from '../../errors.ts';
import { TAG, type TiffDirectory } from './tiffDirectory.ts';
import type { TiffFile } from './tiffFile.ts';

/** Turns unpacked pixels, `bands` bytes each, into RGB. */
export type PixelPainter = (pixels: Uint8Array, out: Uint8Array) => void;

/** What turns the pixels of a file into red, green and blue. */
export function rgbPainter({ layout, directory, form }: TiffFile): PixelPainter {
  switch (layout.color) {
    case 'rgb':
      return copyRgb;
    case 'gray':
      return indexPainter((index) => [index, index, index]);
    case 'palette':
      return palettePainter(directory, form);
    case 'cmyk':
      return paintCmyk;
    case 'ycbcr':
      return ycbcrPainter();
  }
}

/** Of pixels that are red, green and blue already. */
export const copyRgb: PixelPainter = (pixels, out) => out.set(pixels);

function indexPainter(color: (index: number) => readonly number[]): PixelPainter {
  const palette = Uint8Array.from({ length: 256 }, (_, i) => i);
  const [red, green, blue] = [0, 1, 2].map((c) => palette.map((i) => color(i)[c]));
  return (indices, out) => {
    for (let i = 0, to = 0; i < indices.length; i++, to += 3) {
      const index = indices[i];
      out[to] = red[index];
      out[to + 1] = green[index];
      out[to + 2] = blue[index];
    }
  };
}

/** All reds, then all greens, then all blues, of 16 bits each; black where the file has no entry. */
function palettePainter(directory: TiffDirectory, { bits, compressed }: TiffFile['form']): PixelPainter {
  const map = directory.integers(TAG.colorMap);
  const count = Math.floor(map.length / 3);
  const least = compressed && bits < 8 ? 1 << bits : 1; // libtiff needs all of these
  check(count >= least && count <= 256, 'InvalidImage', () => {
    return `Cannot decode TIFF: expected a palette of ${least} to 256 colors, got ${count}`;
  });
  return indexPainter((i) => [0, 1, 2].map((c) => (i < count ? map[c * count + i] >> 8 : 0)));
}

/** Pillow's rule, as for JPEG. */
const paintCmyk: PixelPainter = (pixels, out) => {
  for (let from = 0, to = 0; from < pixels.length; from += 4) {
    const light = 255 - pixels[from + 3];
    for (let c = 0; c < 3; c++) {
      const product = pixels[from + c] * light + 128;
      out[to++] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
};

/** Uncompressed YCbCr by the tables of Pillow: fractions of six bits. */
function ycbcrPainter(): PixelPainter {
  const table = (factor: number) =>
    Int16Array.from({ length: 256 }, (_, i) => Math.trunc(factor * 64 * (i - 128) + 0.5));
  const [crRed, cbGreen, crGreen, cbBlue] = [1.402, -0.34414, -0.71414, 1.772].map(table);
  const clamped = Uint8ClampedArray.of(0, 0, 0);
  return (pixels, out) => {
    for (let at = 0; at < pixels.length; at += 3) {
      const [y, cb, cr] = [pixels[at], pixels[at + 1], pixels[at + 2]];
      clamped[0] = y + (crRed[cr] >> 6);
      clamped[1] = y + ((cbGreen[cb] + crGreen[cr]) >> 6);
      clamped[2] = y + (cbBlue[cb] >> 6);
      out.set(clamped, at);
    }
  };
}
