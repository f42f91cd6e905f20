import { platform } from '#platform';
import { BeitError } from '../errors.ts';
import type { Picture } from '../image/picture.ts';

/** A picture as an image processor takes it, or a string: a path where there is a file system, else a URL. */
export type PictureInput = Picture | string;

/** Strings become bytes, the rest stays. @throws `FileNotFound`, `Network` */
export async function asPictures(input: PictureInput | readonly PictureInput[]): Promise<Picture[]> {
  const list = Array.isArray(input) ? (input as readonly PictureInput[]) : [input as PictureInput];
  return Promise.all(list.map((picture) => (typeof picture === 'string' ? readPicture(picture) : picture)));
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
