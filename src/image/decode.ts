import { check } from '../errors.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { classOf } from '../tensor.ts';
import type { DecodeOptions } from './decodePicture.ts';
import type { RgbPixels } from './pixels.ts';

/**
 * Decodes a PNG, JPEG, GIF, BMP, TIFF or WebP (of several pictures the first) to upright RGB pixels, as Pillow's
 * `ImageOps.exif_transpose(image).convert("RGB")` does: EXIF orientation applied, alpha dropped, gray, palettes and CMYK
 * converted, 16 bits reduced to 8. The content decides what it is, never a name or a type.
 *
 * @param bytes the whole file
 * @param options limit of pixels, what to do with data that end early, signal; each has a default
 * @returns interleaved RGB of 8 bits, [height, width, 3]
 * @throws `InvalidArgument` for anything but a Uint8Array; `InvalidImage` when the bytes are not a picture, truncated, or a
 * picture whose parts contradict each other; `ImageTooLarge` when it has more than `maxPixels` pixels; `UnsupportedFormat` for other
 * formats, which the message names, and for rare kinds of those that are read; `Aborted`.
 * @example
 * const { data, width, height } = await decode(new Uint8Array(await (await fetch(url)).arrayBuffer()));
 */
export async function decode(bytes: Uint8Array, options?: DecodeOptions): Promise<RgbPixels> {
  check(classOf(bytes) === 'Uint8Array', 'InvalidArgument', () => {
    return `Cannot decode the picture: expected a Uint8Array, got ${classOf(bytes)}`;
  });
  checkOptions(options ?? {}, OPTIONS.preprocess);
  const { decodePicture } = await import('./decodePicture.ts'); // a page that hands over pixels decodes none
  return decodePicture(bytes, options ?? {});
}
