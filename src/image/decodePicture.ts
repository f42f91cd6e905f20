import { BeitError, check, checkChoice } from '../errors.ts';
import { turnUpright } from './orient.ts';
import { eachStripe, inSlices, type StripedPicture, withPictureCore } from './pictureCore.ts';
import { type PictureFormat, pictureFormat } from './pictureFormat.ts';
import type { RgbPixels, SampleGrid } from './pixels.ts';
import { type ResizeTarget, resizeStripes, resizesInStripes, uprightSize } from './resizeStripes.ts';

/** What becomes of pictures whose data are not whole. */
export type Truncated = 'error' | 'fill';

/** What {@link decode} takes beside the bytes. */
export interface DecodeOptions {
  /** Pictures of more pixels are rejected before anything is allocated for them; 64,000,000 unless given. */
  readonly maxPixels?: number | undefined;
  /**
   * What becomes of a picture whose data end early or break off: `'error'` unless given; `'fill'` gives what is there, as
   * Pillow does with `ImageFile.LOAD_TRUNCATED_IMAGES`: the rest of a JPEG is gray, of a GIF its background, of a PNG, BMP or
   * TIFF black. A WebP, and a BMP or TIFF that is compressed, stays an error, as in Pillow.
   */
  readonly truncated?: Truncated | undefined;
  /** Heard between stripes of the picture. */
  readonly signal?: AbortSignal | undefined;
}

/** Which size a picture of this size is to have; null to leave it as it is. */
export type TargetOf = (size: { readonly width: number; readonly height: number }) => ResizeTarget | null;

/** Pixels of a picture, which may have been resized, and the size that it had upright. */
export interface ResizedPicture {
  readonly pixels: RgbPixels;
  readonly isResized: boolean;
  readonly width: number;
  readonly height: number;
}

/** Reads the header of a picture, to be decoded stripe by stripe. */
type Opener = (
  bytes: Uint8Array,
  maxPixels: number | undefined,
  fill: boolean,
) => StripedPicture | Promise<StripedPicture>;

/** Each format is a chunk of its own, fetched when such a picture comes. */
const OPENERS: Readonly<Record<PictureFormat, () => Promise<Opener>>> = {
  PNG: async () => (await import('./png/decodePng.ts')).stripedPng,
  JPEG: async () => (await import('./jpeg/decodeJpeg.ts')).stripedJpeg,
  GIF: async () => (await import('./gif/decodeGif.ts')).stripedGif,
  BMP: async () => (await import('./bmp/decodeBmp.ts')).stripedBmp,
  TIFF: async () => (await import('./tiff/decodeTiff.ts')).stripedTiff,
  WebP: async () => (await import('./webp/stripedWebp.ts')).stripedWebp,
};

async function openStriped(format: PictureFormat, bytes: Uint8Array, options: DecodeOptions): Promise<StripedPicture> {
  const open = await OPENERS[format]();
  return open(bytes, options.maxPixels, fills(options));
}

function fills({ truncated }: DecodeOptions): boolean {
  checkChoice('truncated', truncated, ['error', 'fill']);
  return truncated === 'fill';
}

/** What `decode` does with what is known to be bytes. */
export async function decodePicture(bytes: Uint8Array, options: DecodeOptions = {}): Promise<RgbPixels> {
  const format = await pictureFormat(bytes);
  return explainingFill(format, options, async () => wholePicture(await openStriped(format, bytes, options), options));
}

/** Says why nothing is filled where Pillow, too, gives nothing. */
async function explainingFill<T>(format: PictureFormat, options: DecodeOptions, read: () => Promise<T>): Promise<T> {
  const explains = fills(options) && format !== 'JPEG' && format !== 'PNG';
  try {
    return await read();
  } catch (error) {
    if (!explains || !(error instanceof BeitError) || error.code !== 'InvalidImage') throw error;
    const hint = 'truncated: "fill" is for JPEG, PNG, GIF, and BMP and TIFF that are not compressed';
    throw new BeitError('InvalidImage', `${error.message} (${hint})`, { cause: error });
  }
}

/**
 * `decode` for a picture that is going to be resized: where that can be done stripe by stripe it is done at once, and
 * the whole picture is never in memory.
 */
export async function decodeResized(
  bytes: Uint8Array,
  options: DecodeOptions,
  targetOf: TargetOf,
): Promise<ResizedPicture> {
  const format = await pictureFormat(bytes);
  return explainingFill(format, options, async () => {
    const picture = await openStriped(format, bytes, options);
    const size = uprightSize(picture);
    const target = targetOf(size);
    if (target && resizesInStripes(picture, target)) {
      return { pixels: await resizeStripes(picture, target, options.signal), isResized: true, ...size };
    }
    return { pixels: await wholePicture(picture, options), isResized: false, ...size };
  });
}

async function wholePicture(picture: StripedPicture, { signal }: DecodeOptions): Promise<RgbPixels> {
  const { width, height, orientation } = picture;
  return withPictureCore(async (core) => {
    let data: Uint8Array | undefined;
    await eachStripe(picture, core, signal, ({ first, count, at }) => {
      // only now: a file that is rejected costs no memory
      data ??= new Uint8Array(width * height * 3);
      data.set(core.arena.u8(at, count * width * 3), first * width * 3);
    });
    return inSlices(turnUpright({ data: data!, width, height, channels: 3 }, orientation), signal);
  });
}

/**
 * Decodes a label map: a PNG of one channel whose samples (gray levels or palette indices) are class numbers.
 *
 * @throws as `decode` does, and `UnsupportedFormat` for anything but a gray or palette PNG.
 */
export async function decodeLabels(bytes: Uint8Array, { maxPixels }: DecodeOptions = {}): Promise<SampleGrid> {
  const format = await pictureFormat(bytes);
  check(format === 'PNG', 'UnsupportedFormat', () => {
    const lossy = format === 'JPEG' ? ': JPEG does not keep class numbers' : '';
    return `Cannot read a label map: expected PNG, got ${format}${lossy}`;
  });
  const { pngLabels } = await import('./png/decodePng.ts');
  return pngLabels(bytes, maxPixels);
}
