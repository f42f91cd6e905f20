import { check } from '../errors.ts';
import type { Picture } from '../image/picture.ts';
import type { RgbPixels } from '../image/pixels.ts';
import { classOf } from '../tensor.ts';
import { isBitmap } from './bitmap.ts';
import { PICTURE_FORMS, viewBytes } from './forms.ts';
import { openPath } from './openPath.ts';
import type { OpenedPicture, PictureInput, PictureOptions } from './pictureInput.ts';

/** One picture or many; a `FileList` is a list. */
export function listOfPictures(input: PictureInput | readonly PictureInput[]): readonly PictureInput[] {
  if (Array.isArray(input)) return input;
  return classOf(input) === 'FileList'
    ? Array.from(input as unknown as ArrayLike<PictureInput>)
    : [input as PictureInput];
}

/**
 * Whatever `input` is, as bytes, a `Blob`, pixels or a bitmap.
 *
 * @throws `FileNotFound`, `Network`, `Aborted`; `InvalidArgument` for anything but a picture, with how to convert it;
 * `InvalidImage` for what cannot be drawn
 */
export async function openPicture(input: PictureInput, signal?: AbortSignal): Promise<OpenedPicture> {
  if (typeof input === 'string' || input instanceof URL) return openPath(input, signal);
  check(typeof input === 'object' && input !== null, 'InvalidArgument', () => {
    return `Cannot read a picture: expected ${PICTURE_FORMS}, got ${input === null ? 'null' : typeof input}`;
  });
  if (isBitmap(input) || (typeof Blob === 'function' && input instanceof Blob)) return input as OpenedPicture;
  if (/^(Shared)?ArrayBuffer$/.test(classOf(input))) return new Uint8Array(input as ArrayBuffer);
  if (ArrayBuffer.isView(input)) return viewBytes(input);
  const { openOtherForm } = await import('./otherForms.ts'); // most pictures are encoded
  return openOtherForm(input, signal);
}

/** The same without bitmaps, which are drawn. */
export async function readablePicture(input: PictureInput, options: PictureOptions): Promise<Picture> {
  const opened = await openPicture(input, options.signal);
  if (!isBitmap(opened)) return opened as Picture;
  const { bitmapPixels } = await import('./drawable.ts');
  return bitmapPixels(opened, options.maxPixels);
}

/** The RGB pixels of whatever `input` is. */
export async function picturePixels(input: PictureInput, options: PictureOptions = {}): Promise<RgbPixels> {
  const { readPicture } = await import('../image/picture.ts');
  return readPicture(await readablePicture(input, options), options);
}
