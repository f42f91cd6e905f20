import { BeitError, check } from '../errors.ts';

/** Interleaved samples: `data[(y·width + x)·channels + c]`. */
export interface SampleGrid {
  readonly data: Uint8Array | Uint8ClampedArray | Int32Array; // [height, width, channels]
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Interleaved 8-bit samples. */
export interface Pixels extends SampleGrid {
  readonly data: Uint8Array | Uint8ClampedArray; // [height, width, channels]
}

/** A picture as every later step takes it: three channels, red, green, blue. */
export interface RgbPixels extends Pixels {
  readonly data: Uint8Array; // [height, width, 3]
  readonly channels: 3;
}

/** @throws `InvalidArgument` unless the samples fill the picture */
export function checkFilled(
  what: string,
  picture: Omit<SampleGrid, 'data'> & { readonly data: ArrayLike<number> },
): void {
  const { data, width, height, channels }: Partial<SampleGrid> = Object(picture);
  const fits = [width, height, channels].every((n) => Number.isInteger(n) && n! > 0);
  check(fits && data?.length === width! * height! * channels!, 'InvalidArgument', () => {
    return `${what}: ${data?.length} bytes do not fill ${width} × ${height} × ${channels} channels`;
  });
}

/** A zeroed array of the width of `data`: 8 bits or 32. */
export function arrayLike(data: SampleGrid['data'], length: number): Uint8Array | Int32Array {
  return data instanceof Int32Array ? new Int32Array(length) : new Uint8Array(length);
}

/** The number of pixels a picture may have when nothing else is asked for. */
export const DEFAULT_MAX_PIXELS = 64_000_000;

/** Rejects invalid sizes and pictures of more than `maxPixels` pixels, before anything is allocated for them. */
export function checkPixelCount(what: string, width: number, height: number, maxPixels = DEFAULT_MAX_PIXELS): void {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  check(whole, 'InvalidImage', () => `Cannot ${what}: its size is ${width} × ${height} pixels`);
  if (width * height <= maxPixels) return;
  const found = `${width} × ${height} is ${width * height} pixels, the limit is ${maxPixels}`;
  throw new BeitError('ImageTooLarge', `Cannot ${what}: ${found} (raise it with the option maxPixels)`);
}
