import { platform } from '#platform';
import { BeitError } from '../errors.ts';
import type { Picture } from '../image/picture.ts';

/**
 * A picture as an image processor takes it; a string, which is a path where there is a file system, else a URL; or an
 * `ImageBitmap`. Bytes are decoded here, the same everywhere; a bitmap has what the browser's own decoder made of them.
 */
export type PictureInput = Picture | ImageBitmap | string;

/** Strings become bytes and bitmaps pixels, the rest stays. @throws `FileNotFound`, `Network`, `InvalidImage` */
export async function asPictures(input: PictureInput | readonly PictureInput[]): Promise<Picture[]> {
  const list = Array.isArray(input) ? (input as readonly PictureInput[]) : [input as PictureInput];
  return Promise.all(list.map(toPicture));
}

async function toPicture(picture: PictureInput): Promise<Picture> {
  if (typeof picture === 'string') return readPicture(picture);
  return isBitmap(picture) ? bitmapPixels(picture) : picture;
}

function isBitmap(picture: Picture | ImageBitmap): picture is ImageBitmap {
  return typeof ImageBitmap === 'function' && picture instanceof ImageBitmap;
}

function bitmapPixels(bitmap: ImageBitmap): ImageData {
  const { width, height } = bitmap;
  const context = width * height > 0 ? new OffscreenCanvas(width, height).getContext('2d') : null;
  if (!context) throw new BeitError('InvalidImage', `Cannot read a bitmap: its size is ${width} × ${height}`);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}

async function readPicture(path: string): Promise<Uint8Array> {
  if (/^(https?|data|blob):/.test(path)) return fetchBytes(path);
  const files = await platform.folder(path);
  const file = await files?.open(path.split(/[\\/]/).pop()!);
  if (file) return file.read(0, file.size);
  if (platform.name === 'web') return fetchBytes(path);
  throw new BeitError('FileNotFound', `Cannot open the picture "${path}": no such file`);
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await fetch(url).catch((cause) => {
    throw broken(url, cause);
  });
  if (!response.ok) throw new BeitError('Network', `Cannot fetch the picture "${url}": status ${response.status}`);
  const body = response.arrayBuffer().catch((cause) => {
    throw broken(url, cause);
  });
  return new Uint8Array(await body);
}

function broken(url: string, cause: Error): BeitError {
  return new BeitError('Network', `Cannot fetch the picture "${url}": ${cause.message}`, { cause });
}
