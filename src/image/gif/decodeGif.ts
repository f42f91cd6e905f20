import { paintedStripes } from '../paintedStripes.ts';
import type { PictureCore, Stripe, StripedPicture } from '../pictureCore.ts';
import { gifIndices } from './gifCodes.ts';
import { type GifFile, openGif } from './gifFile.ts';

/** The passes of an interlaced picture: first row, and the way to the next one. */
const PASSES = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;

/**
 * The first picture of a GIF as Pillow's `convert("RGB")` gives it: on its canvas, whose rest has the transparent color,
 * or color 0; transparent pixels have their color too. With `fill`, pixels that the file does not have are like that rest.
 */
export function stripedGif(bytes: Uint8Array, maxPixels: number | undefined, fill: boolean): StripedPicture {
  const file = openGif(bytes, maxPixels);
  const { width, height } = file;
  return { width, height, orientation: 1, stripes: (core) => stripesOf(file, fill, core) };
}

function* stripesOf(file: GifFile, fill: boolean, core: PictureCore): Generator<Stripe, void> {
  const { width, palette, background, left, top, pictureWidth, pictureHeight } = file;
  const indices = yield* gifIndices(file, fill);
  const rows = rowsOfFile(pictureHeight, file.interlaced);
  const rest = new Uint8Array(width).fill(background);
  yield* paintedStripes(file, core, (first, count, out) => {
    for (let i = 0; i < count; i++) {
      const y = first + i - top;
      const to = i * width * 3;
      const isInside = y >= 0 && y < pictureHeight;
      if (!isInside || pictureWidth < width) placeColors(out, to, rest, palette);
      if (!isInside) continue;
      const from = rows[y] * pictureWidth;
      placeColors(out, to + left * 3, indices.subarray(from, from + pictureWidth), palette);
    }
  });
}

/** The row of the file that each row of the picture is. */
function rowsOfFile(height: number, interlaced: boolean): Uint32Array {
  const rows = new Uint32Array(height);
  let row = 0;
  for (const [first, step] of interlaced ? PASSES : [[0, 1]]) {
    for (let y = first; y < height; y += step) rows[y] = row++;
  }
  return rows;
}

function placeColors(out: Uint8Array, to: number, indices: Uint8Array, palette: Uint8Array): void {
  let at = to;
  for (const index of indices) {
    out[at++] = palette[3 * index];
    out[at++] = palette[3 * index + 1];
    out[at++] = palette[3 * index + 2];
  }
}
