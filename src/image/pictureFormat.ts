import type { BeitError } from '../errors.ts';

/** Formats that are decoded here. */
export type PictureFormat = 'PNG' | 'JPEG' | 'GIF' | 'BMP' | 'TIFF' | 'WebP';

/** The first bytes of each, a character a byte. */
const SIGNATURES: Readonly<Record<PictureFormat, readonly (string | RegExp)[]>> = {
  PNG: ['\x89PNG\r\n\x1a\n'],
  JPEG: ['\xff\xd8\xff'],
  GIF: ['GIF87a', 'GIF89a'],
  // a DIB, as in memory, is a BMP without its first 14 bytes: it begins with the size of its header
  BMP: ['BM', ...Array.from('\x0c\x28\x34\x38\x40\x6c\x7c', (size) => `${size}\0\0\0`)],
  // the second two have the bytes of their number the wrong way round; Pillow reads them all the same
  TIFF: ['II*\0', 'MM\0*', 'II\0*', 'MM*\0'],
  WebP: [/^RIFF....WEBP/s],
};
const FORMATS = Object.keys(SIGNATURES) as PictureFormat[];

/** The format that the first bytes tell. @throws `UnsupportedFormat` for another known one, `InvalidImage` */
export async function pictureFormat(bytes: Uint8Array): Promise<PictureFormat> {
  const start = firstCharacters(bytes, 12);
  const found = FORMATS.find((format) => SIGNATURES[format].some((signature) => startsAs(start, signature)));
  if (!found) throw await refusal(bytes);
  return found;
}

function startsAs(start: string, signature: string | RegExp): boolean {
  return typeof signature === 'string' ? start.startsWith(signature) : signature.test(start);
}

/** A character a byte. */
export function firstCharacters(bytes: Uint8Array, count: number): string {
  return String.fromCharCode(...bytes.subarray(0, count));
}

/** Names the format, if it is one of those that are known and not read. */
async function refusal(bytes: Uint8Array): Promise<BeitError> {
  const { otherFormat } = await import('./otherFormats.ts');
  return otherFormat(
    firstCharacters(bytes, 1024),
    bytes.length,
    `${FORMATS.slice(0, -1).join(', ')} or ${FORMATS.at(-1)}`,
  );
}
