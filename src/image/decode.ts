import { BeitError, check } from '../errors.ts';
import { classOf } from '../tensor.ts';
import { decodeJpeg } from './jpeg/decodeJpeg.ts';
import { isJpeg, openJpeg } from './jpeg/jpegFile.ts';
import { orient } from './orient.ts';
import type { RgbPixels, SampleGrid } from './pixels.ts';
import { decodePng, decodePngSamples } from './png/decodePng.ts';
import { isPng, openPng } from './png/pngFile.ts';

/** What {@link decode} takes beside the bytes. */
export interface DecodeOptions {
  /** Pictures of more pixels are refused before anything is allocated for them; 64,000,000 unless given. */
  readonly maxPixels?: number | undefined;
}

/**
 * Decodes a PNG or JPEG to upright RGB pixels, as Pillow's `ImageOps.exif_transpose(image).convert("RGB")` does: EXIF
 * orientation applied, alpha dropped, grey, palettes and CMYK converted, 16 bits reduced to 8.
 *
 * @throws `InvalidArgument` for anything but a Uint8Array; `InvalidImage` when the bytes are no picture, truncated, or a
 * picture that cannot be true; `ImageTooLarge` when it has more than `maxPixels` pixels; `UnsupportedFormat` for other
 * formats and rare kinds of JPEG.
 * @example
 * const { data, width, height } = decode(new Uint8Array(await (await fetch(url)).arrayBuffer()));
 */
export function decode(bytes: Uint8Array, options?: DecodeOptions): RgbPixels {
  check(classOf(bytes) === 'Uint8Array', 'InvalidArgument', () => {
    return `Cannot decode the picture: expected a Uint8Array, got ${classOf(bytes)}`;
  });
  const png = isPng(bytes);
  if (!png && !isJpeg(bytes)) throw unknownFormat(bytes);
  const file = png ? openPng(bytes, options?.maxPixels) : openJpeg(bytes, options?.maxPixels);
  return orient('header' in file ? decodePng(file) : decodeJpeg(file), file.orientation);
}

/**
 * Decodes a label map: a PNG of one channel whose samples (grey levels or palette indices) are class numbers.
 *
 * @throws as {@link decode} does, and `UnsupportedFormat` for anything but a grey or palette PNG.
 */
export function decodeLabels(bytes: Uint8Array, { maxPixels }: DecodeOptions = {}): SampleGrid {
  if (!isPng(bytes)) throw isJpeg(bytes) ? new BeitError('UnsupportedFormat', LOSSY) : unknownFormat(bytes);
  const file = openPng(bytes, maxPixels);
  if (file.header.samples === 1) return decodePngSamples(file);
  throw new BeitError('UnsupportedFormat', `Cannot read a label map: expected one channel, got ${file.header.samples}`);
}

const LOSSY = 'Cannot read a label map: JPEG does not keep class numbers, a PNG does';

const OTHER_FORMATS: readonly (readonly [name: string, at: number, magic: string])[] = [
  ['GIF', 0, 'GIF8'],
  ['BMP', 0, 'BM'],
  ['WebP', 8, 'WEBP'],
  ['AVIF or HEIC', 4, 'ftyp'],
  ['TIFF', 0, 'II*\0'],
  ['TIFF', 0, 'MM\0*'],
];

function unknownFormat(bytes: Uint8Array): BeitError {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  const other = OTHER_FORMATS.find(([, at, magic]) => text.startsWith(magic, at));
  if (other)
    return new BeitError('UnsupportedFormat', `Cannot decode the picture: expected PNG or JPEG, got ${other[0]}`);
  const found = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return new BeitError(
    'InvalidImage',
    `Cannot decode the picture: expected PNG or JPEG, got ${bytes.length} bytes [${found}…]`,
  );
}
