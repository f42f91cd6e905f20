import { orient, type StoredAxes, storedAxes } from './orient.ts';
import { eachStripe, type PictureCore, type Stripe, type StripedPicture, withPictureCore } from './pictureCore.ts';
import type { RgbPixels } from './pixels.ts';
import {
  mirroredCoefficients,
  type ResampleCoefficients,
  resampleCoefficients,
} from './resample/resampleCoefficients.ts';
import type { ResampleFilter } from './resample/resampleFilter.ts';
import { checkResize, goesDownFirst } from './resample/resize.ts';
import { RowWindow } from './rowWindow.ts';

/** The size that a picture is to have. */
export interface ResizeTarget {
  readonly width: number;
  readonly height: number;
  readonly filter: ResampleFilter;
}

/** The size of a picture once it is upright. */
export function uprightSize({ width, height, orientation }: Omit<StripedPicture, 'stripes'>) {
  return storedAxes(orientation).transposed ? { width: height, height: width } : { width, height };
}

/** Whether a picture can be resized while it is decoded, stripe by stripe. */
export function resizesInStripes(picture: StripedPicture, { width, height, filter }: ResizeTarget): boolean {
  const upright = uprightSize(picture);
  return filter !== 'nearest' && (width !== upright.width || height !== upright.height);
}

/**
 * Decodes a picture, turns it upright and resizes it, bit for bit as Pillow's `ImageOps.exif_transpose` and then
 * `Image.resize`, without the whole picture in memory.
 *
 * Its pixels are not turned: the coefficients of an axis that is mirrored are, and the result is transposed. The order of the
 * two passes, each of which rounds, is that of the upright picture.
 */
export function resizeStripes(picture: StripedPicture, target: ResizeTarget, signal?: AbortSignal): Promise<RgbPixels> {
  const { width, height, filter } = target;
  checkResize(width, height, filter);
  return withPictureCore(async (core) => {
    const axes = storedAxes(picture.orientation);
    const [columns, rows] = storedCoefficients(picture, target, axes);
    const pass: Pass = { picture, core, columns, rows, signal };
    const downFirst = goesDownFirst({ ...uprightSize(picture), channels: 3 }, height);
    const resized = downFirst === axes.transposed ? await resizeAcrossFirst(pass) : await resizeDownFirst(pass);
    return axes.transposed ? orient(resized, TRANSPOSED) : resized;
  });
}

/** The EXIF orientation that only swaps the axes. */
const TRANSPOSED = 5;

interface Pass {
  readonly picture: StripedPicture;
  readonly core: PictureCore;
  readonly columns: ResampleCoefficients; // of the stored picture
  readonly rows: ResampleCoefficients;
  readonly signal: AbortSignal | undefined;
}

/** The coefficients along x and y of the stored picture. An axis that does not change has weights of 1, which are exact. */
function storedCoefficients(
  picture: StripedPicture,
  { width, height, filter }: ResizeTarget,
  { transposed, mirroredX, mirroredY }: StoredAxes,
): [columns: ResampleCoefficients, rows: ResampleCoefficients] {
  const [outX, outY] = transposed ? [height, width] : [width, height];
  const along = (size: number, outSize: number, mirrored: boolean) => {
    const coefficients = resampleCoefficients(size, outSize, filter as Exclude<ResampleFilter, 'nearest'>);
    return mirrored ? mirroredCoefficients(coefficients, size) : coefficients;
  };
  return [along(picture.width, outX, mirroredX), along(picture.height, outY, mirroredY)];
}

/** Every stripe goes through the horizontal pass as soon as it is decoded; the vertical pass comes at the end. */
async function resizeAcrossFirst({ picture, core, columns, rows, signal }: Pass): Promise<RgbPixels> {
  const { arena, kernels } = core;
  const [width, height] = [columns.starts.length, rows.starts.length];
  const stride = 3 * width;
  const middle = arena.reserve(picture.height * stride); // [height of the picture, width, 3]
  const out = arena.reserve(height * stride);
  const [across, down] = [placeAxis(core, columns), placeAxis(core, rows)];
  await eachStripe(picture, core, signal, ({ first, count, at }) => {
    const to = middle + first * stride;
    kernels.resample_horizontal(0, count, to, stride, at, 3 * picture.width, width, ...across);
  });
  kernels.resample_vertical(0, height, out, stride, middle, stride, stride, ...down);
  return { data: arena.u8(out, height * stride).slice(), width, height, channels: 3 };
}

/** The vertical pass makes a row as soon as the rows that it reads are there; the horizontal pass comes at the end. */
async function resizeDownFirst({ picture, core, columns, rows, signal }: Pass): Promise<RgbPixels> {
  const { arena, kernels } = core;
  const [width, height] = [columns.starts.length, rows.starts.length];
  const stride = 3 * picture.width;
  const middle = arena.reserve(height * stride); // [height, width of the picture, 3]
  const out = arena.reserve(height * 3 * width);
  const [across, down] = [placeAxis(core, columns), placeAxis(core, rows)];
  const window = new RowWindow(core, stride, rows);
  await eachStripe(picture, core, signal, (stripe: Stripe) => {
    window.take(stripe, (row, first) => {
      kernels.resample_vertical(row, row + 1, middle, stride, first, stride, stride, ...down);
    });
  });
  kernels.resample_horizontal(0, height, out, 3 * width, middle, stride, width, ...across);
  return { data: arena.u8(out, height * 3 * width).slice(), width, height, channels: 3 };
}

/** An axis in the memory of the core. */
function placeAxis({ arena }: PictureCore, { starts, counts, weights, taps }: ResampleCoefficients) {
  const arrays = [starts, counts, weights];
  const places = arrays.map(({ byteLength }) => arena.reserve(byteLength));
  arena.commit();
  for (const [i, values] of arrays.entries()) {
    arena.u8(places[i], values.byteLength).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return [...places, taps] as [starts: number, counts: number, weights: number, taps: number];
}
