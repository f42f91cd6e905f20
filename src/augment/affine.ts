import type { RgbPixels } from '../image/pixels.ts';
import { exp, ln } from '../math.ts';
import type { RandomStream } from '../randomStream.ts';
import { cosineOfPi, sineOfPi } from '../sine.ts';

/** How far a picture is turned, sized, slanted and moved at most, about its center; what comes into view is black. */
export interface AffineOptions {
  /** A turn from −x to x degrees, at most 90. Default 0. */
  readonly degrees?: number | undefined;
  /** A size from 1/x to x times the picture's. Default 1. */
  readonly scale?: number | undefined;
  /** Columns that a row moves against the row above it, from −x to x. Default 0. */
  readonly shear?: number | undefined;
  /** A move from −x to x times the width, and the same of the height. Default 0. */
  readonly translate?: number | undefined;
}

/** A random affine map of the picture, between pixels by bilinear interpolation. */
export function mapAffine(picture: RgbPixels, options: AffineOptions, random: RandomStream): RgbPixels {
  const { width, height } = picture;
  const { a, b, c, d, dx, dy } = drawMap(options, random);
  const out = new Uint8Array(picture.data.length);
  const [centerX, centerY] = [(width - 1) / 2, (height - 1) / 2];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = [x - centerX, y - centerY];
      const fromX = a * u + b * v + dx * width + centerX;
      const fromY = c * u + d * v + dy * height + centerY;
      for (let channel = 0; channel < 3; channel++)
        out[(y * width + x) * 3 + channel] = bilinear(picture, fromX, fromY, channel);
    }
  return { ...picture, data: out };
}

/** From a place of the result to a place of the picture. */
function drawMap({ degrees = 0, scale = 1, shear = 0, translate = 0 }: AffineOptions, random: RandomStream) {
  const draw = (most: number) => most * (2 * random.uniform() - 1);
  const turn = draw(degrees) / 180;
  const size = exp(draw(ln(scale)));
  const slant = draw(shear);
  const [cos, sin] = [cosineOfPi(turn) * size, sineOfPi(turn) * size];
  return { a: cos, b: slant - sin, c: sin, d: cos, dx: draw(translate), dy: draw(translate) };
}

function bilinear({ data, width, height }: RgbPixels, x: number, y: number, channel: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const at = (column: number, row: number) => {
    const isInside = column >= 0 && column < width && row >= 0 && row < height;
    return isInside ? data[(row * width + column) * 3 + channel] : 0;
  };
  const [right, down] = [x - left, y - top];
  const above = at(left, top) * (1 - right) + at(left + 1, top) * right;
  const below = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
  return Math.round(above * (1 - down) + below * down);
}
