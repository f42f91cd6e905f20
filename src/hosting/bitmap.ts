import { BeitError } from '../errors.ts';
import type { Picture } from '../image/picture.ts';

/** What users see of an `ImageBitmap`: by that name, where its type is unknown as in Node, every picture would be `any`. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  close(): void;
}

/** What can be turned into what an image processor reads. */
export type ReadablePicture = Picture | Bitmap;

export function isBitmap(picture: ReadablePicture): picture is ImageBitmap {
  return typeof ImageBitmap === 'function' && picture instanceof ImageBitmap;
}

/** What the browser's own decoder made of a picture. @throws `InvalidImage` for a bitmap that was closed or handed on */
export function bitmapPixels(bitmap: ImageBitmap): ImageData {
  const { width, height } = bitmap;
  const context = width * height > 0 ? new OffscreenCanvas(width, height).getContext('2d') : null;
  if (!context) throw new BeitError('InvalidImage', `Cannot read a bitmap: its size is ${width} × ${height}`);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}
