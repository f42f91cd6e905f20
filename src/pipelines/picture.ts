import { platform } from '#platform';
import { BeitError } from '../errors.ts';
import type { ProcessedPictures } from '../image/beitImageProcessor.ts';
import type { ReadablePicture } from '../pretrained/bitmap.ts';
import type { BeitImageProcessor } from '../pretrained/imageProcessors.ts';
import type { PretrainedModel } from '../pretrained/pretrainedModel.ts';

/**
 * A picture as an image processor takes it; a string, which is a path where there is a file system, else a URL; or an
 * `ImageBitmap`. Bytes are decoded here, the same everywhere; a bitmap has what the browser's own decoder made of them.
 */
export type PictureInput = ReadablePicture | string;

/** Pictures as a model wants them, made where it lives. @throws what `processor.preprocess` throws, `FileNotFound`, `Network` */
export async function preprocess(
  { model, processor }: { model: PretrainedModel; processor: BeitImageProcessor },
  input: PictureInput | readonly PictureInput[],
  signal?: AbortSignal,
): Promise<ProcessedPictures> {
  const pictures = await asPictures(input);
  return model.loaded.step('preprocess', { processor: processor.toJSON(), pictures }, signal);
}

/** Strings become bytes, the rest stays. @throws `FileNotFound`, `Network` */
export async function asPictures(input: PictureInput | readonly PictureInput[]): Promise<ReadablePicture[]> {
  const list = Array.isArray(input) ? (input as readonly PictureInput[]) : [input as PictureInput];
  return Promise.all(list.map((picture) => (typeof picture === 'string' ? pictureBytes(picture) : picture)));
}

/** The bytes of the picture at a path or URL. @throws `FileNotFound`, `Network` */
export async function pictureBytes(path: string): Promise<Uint8Array> {
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
