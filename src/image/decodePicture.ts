import { BeitError, check, checkChoice } from '../errors.ts';
import { orient } from './orient.ts';
import { eachStripe, type StripedPicture, withPictureCore } from './pictureCore.ts';
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
   * What becomes of a JPEG or PNG whose data end early or break off: `'error'` unless given; `'fill'` gives what is there, as
   * Pillow does with `ImageFile.LOAD_TRUNCATED_IMAGES`: the rest of a PNG is black, of a JPEG gray.
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

/** From the bytes of a file to upright pixels. */
type Decoder = (bytes: Uint8Array, options: DecodeOptions) => RgbPixels | Promise<RgbPixels>;

/** Formats that are decoded stripe by stripe. Each format is a chunk of its own, fetched when such a picture comes. */
const STRIPED = {
  PNG: async (bytes: Uint8Array, options: DecodeOptions) => {
    const { stripedPng } = await import('./png/decodePng.ts');
    return stripedPng(bytes, options.maxPixels, fills(options));
  },
  JPEG: async (bytes: Uint8Array, options: DecodeOptions) => {
    const { stripedJpeg } = await import('./jpeg/decodeJpeg.ts');
    return stripedJpeg(bytes, options.maxPixels, fills(options));
  },
  WebP: async (bytes: Uint8Array, options: DecodeOptions) =>
    (await import('./webp/stripedWebp.ts')).stripedWebp(bytes, options.maxPixels),
};

function fills({ truncated }: DecodeOptions): boolean {
  checkChoice('truncated', truncated, ['error', 'fill']);
  return truncated === 'fill';
}

const DECODERS: Readonly<Record<PictureFormat, Decoder>> = {
  PNG: async (bytes, options) => wholePicture(await STRIPED.PNG(bytes, options), options),
  JPEG: async (bytes, options) => wholePicture(await STRIPED.JPEG(bytes, options), options),
  GIF: async (bytes, { maxPixels }) => (await import('./gif/decodeGif.ts')).decodeGif(bytes, maxPixels),
  TIFF: async (bytes, { maxPixels }) => (await import('./tiff/decodeTiff.ts')).decodeTiff(bytes, maxPixels),
  BMP: async (bytes, { maxPixels }) => (await import('./bmp/decodeBmp.ts')).decodeBmp(bytes, maxPixels),
  WebP: async (bytes, options) => wholePicture(await STRIPED.WebP(bytes, options), options),
};

/** What `decode` does with what is known to be bytes. */
export async function decodePicture(bytes: Uint8Array, options?: DecodeOptions): Promise<RgbPixels> {
  const format = await pictureFormat(bytes);
  return explainingFill(format, options ?? {}, async () => DECODERS[format](bytes, options ?? {}));
}

/** Only JPEG and PNG are filled. Of a WebP that is cut Pillow gives nothing either, since libwebp does not open it. */
async function explainingFill<T>(format: PictureFormat, options: DecodeOptions, read: () => Promise<T>): Promise<T> {
  const explains = fills(options) && format !== 'JPEG' && format !== 'PNG';
  try {
    return await read();
  } catch (error) {
    if (!explains || !(error instanceof BeitError) || error.code !== 'InvalidImage') throw error;
    throw new BeitError('InvalidImage', `${error.message} (truncated: "fill" is for JPEG and PNG)`, { cause: error });
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
  const resized = await explainingFill(format, options, () => resizedInStripes(format, bytes, options, targetOf));
  if (resized) return resized;
  const pixels = await decodePicture(bytes, options);
  return { pixels, isResized: false, width: pixels.width, height: pixels.height };
}

/** Undefined where it has to come whole. */
async function resizedInStripes(
  format: PictureFormat,
  bytes: Uint8Array,
  options: DecodeOptions,
  targetOf: TargetOf,
): Promise<ResizedPicture | undefined> {
  if (format !== 'PNG' && format !== 'JPEG' && format !== 'WebP') return undefined;
  const picture = await STRIPED[format](bytes, options);
  const size = uprightSize(picture);
  const target = targetOf(size);
  if (!target || !resizesInStripes(picture, target)) return undefined;
  return { pixels: await resizeStripes(picture, target, options.signal), isResized: true, ...size };
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
    return orient({ data: data!, width, height, channels: 3 }, orientation);
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
