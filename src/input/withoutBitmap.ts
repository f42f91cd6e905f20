import type { Picture } from '../image/picture.ts';
import { isBitmap } from './bitmap.ts';
import type { OpenedPicture } from './pictureInput.ts';

/** The pixels of a bitmap; other pictures as they are. */
export async function withoutBitmap(opened: OpenedPicture, maxPixels?: number): Promise<Picture> {
  if (!isBitmap(opened)) return opened as Picture;
  const { bitmapPixels } = await import('./drawable.ts');
  return bitmapPixels(opened, maxPixels);
}
