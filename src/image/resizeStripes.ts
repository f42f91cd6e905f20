import { eachStripe, type PictureCore, type StripedPicture, withPictureCore } from './pictureCore.ts';
import type { RgbPixels } from './pixels.ts';
import { type ResampleCoefficients, resampleCoefficients } from './resample/resampleCoefficients.ts';
import type { ResampleFilter } from './resample/resampleFilter.ts';
import { checkResize, goesDownFirst } from './resample/resize.ts';

/** The size that a picture is to have. */
export interface ResizeTarget {
  readonly width: number;
  readonly height: number;
  readonly filter: ResampleFilter;
}

/**
 * Whether a picture can be resized while it is decoded, stripe by stripe: one that stays upright, whose columns Pillow
 * resizes before its rows, and whose both sides change.
 */
export function resizesInStripes(picture: StripedPicture, { width, height, filter }: ResizeTarget): boolean {
  const both = width !== picture.width && height !== picture.height;
  return (
    picture.orientation === 1 && both && filter !== 'nearest' && !goesDownFirst({ ...picture, channels: 3 }, height)
  );
}

/**
 * Decodes a picture and resizes it, bit for bit as Pillow's `Image.resize`: every stripe goes through the horizontal pass as
 * soon as it is decoded, so that the whole picture is never in memory.
 */
export function resizeStripes(
  picture: StripedPicture,
  { width, height, filter }: ResizeTarget,
  signal?: AbortSignal,
): Promise<RgbPixels> {
  checkResize(width, height, filter);
  return withPictureCore(async (core) => {
    const { arena, kernels } = core;
    const columns = resampleCoefficients(picture.width, width, filter as Exclude<ResampleFilter, 'nearest'>);
    const rows = resampleCoefficients(picture.height, height, filter as Exclude<ResampleFilter, 'nearest'>);
    const stride = 3 * width;
    const middle = arena.reserve(picture.height * stride); // [height of the picture, width, 3]
    const out = arena.reserve(height * stride);
    const [across, down] = [placeAxis(core, columns), placeAxis(core, rows)];
    await eachStripe(picture, core, signal, ({ first, count, at }) => {
      kernels.resample_horizontal(
        0,
        count,
        middle + first * stride,
        stride,
        at,
        3 * picture.width,
        width,
        ...across,
        columns.taps,
      );
    });
    kernels.resample_vertical(0, height, out, stride, middle, stride, stride, ...down, rows.taps);
    return { data: arena.u8(out, height * stride).slice(), width, height, channels: 3 };
  });
}

/** Addresses of an axis in the memory of the core. */
function placeAxis({ arena }: PictureCore, { starts, counts, weights }: ResampleCoefficients) {
  const arrays = [starts, counts, weights];
  const places = arrays.map(({ byteLength }) => arena.reserve(byteLength));
  arena.commit();
  for (const [i, values] of arrays.entries()) {
    arena.u8(places[i], values.byteLength).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return places as [starts: number, counts: number, weights: number];
}
