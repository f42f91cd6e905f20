import type { PngHeader } from './pngHeader.ts';

/** A grid of pixels whose rows follow each other in the file: the whole picture, or one of Adam7's seven. */
export interface Pass {
  readonly x: number; // of the first pixel
  readonly y: number;
  readonly dx: number; // from pixel to pixel
  readonly dy: number;
  readonly width: number;
  readonly height: number;
}

const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The passes of a picture that have pixels, in the order of the file. */
export function passesOf({ width, height, interlaced }: PngHeader): Pass[] {
  const grids = interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const);
  return grids
    .map(([x, y, dx, dy]) => ({
      x,
      y,
      dx,
      dy,
      width: Math.ceil((width - x) / dx),
      height: Math.ceil((height - y) / dy),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Bytes of one packed row of `width` pixels, without its filter byte. */
export function lineBytes({ bitDepth, samples }: PngHeader, width: number): number {
  return Math.ceil((width * bitDepth * samples) / 8);
}
