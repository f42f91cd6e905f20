import type { RgbPixels } from '../pixels.ts';
import { gifIndices } from './gifCodes.ts';
import { openGif } from './gifFile.ts';

/** The passes of an interlaced picture: first row, and the way to the next one. */
const PASSES = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;

/**
 * The first picture of a GIF as Pillow's `convert("RGB")` gives it: on its canvas, whose rest has the transparent color,
 * or color 0; transparent pixels have their color too.
 */
export function decodeGif(bytes: Uint8Array, maxPixels?: number): RgbPixels {
  const { width, height, palette, background, ...file } = openGif(bytes, maxPixels);
  const { pictureWidth, pictureHeight } = file;
  const indices = gifIndices(bytes, file.dataAt, file.literalBits, pictureWidth * pictureHeight);
  const data = new Uint8Array(width * height * 3);
  if (pictureWidth < width || pictureHeight < height) {
    const color = palette.subarray(3 * background, 3 * background + 3);
    if (color.some((value) => value > 0)) for (let at = 0; at < data.length; at += 3) data.set(color, at);
  }
  rowOrder(pictureHeight, file.interlaced).forEach((y, row) => {
    const line = indices.subarray(row * pictureWidth, (row + 1) * pictureWidth);
    placeColors(data, ((file.top + y) * width + file.left) * 3, line, palette);
  });
  return { data, width, height, channels: 3 };
}

/** The row of the picture that each row of the file is. */
function rowOrder(height: number, interlaced: boolean): Uint32Array {
  const order = new Uint32Array(height);
  let row = 0;
  for (const [first, step] of interlaced ? PASSES : [[0, 1]]) {
    for (let y = first; y < height; y += step) order[row++] = y;
  }
  return order;
}

function placeColors(out: Uint8Array, to: number, indices: Uint8Array, palette: Uint8Array): void {
  let at = to;
  for (const index of indices) {
    out[at++] = palette[3 * index];
    out[at++] = palette[3 * index + 1];
    out[at++] = palette[3 * index + 2];
  }
}
