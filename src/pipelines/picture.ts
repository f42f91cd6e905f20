import { platform } from '#platform';
import { BeitError, check, checkObject, reason, throwIfAborted } from '../errors.ts';
import type { ReadablePicture } from '../hosting/bitmap.ts';
import type { ProcessedPictures } from '../image/process/imageProcessor.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import { placeOf } from '../loading/source.ts';
import type { PretrainedModel } from '../pretrained/pretrainedModel.ts';
import { quoted } from '../quoted.ts';

/**
 * A picture as an image processor takes it; a URL; a string, which is a path where there is a file system, else a URL; or an
 * `ImageBitmap`. Bytes are decoded here, the same everywhere; a bitmap has what the browser's own decoder made of them.
 */
export type PictureInput = ReadablePicture | string | URL;

/** Pictures as a model wants them, made where it lives. @throws what `processor.preprocess` throws, `FileNotFound`, `Network` */
export async function preprocess(
  { model, processor }: { model: PretrainedModel; processor: BeitImageProcessor },
  input: PictureInput | readonly PictureInput[],
  options: { readonly signal?: AbortSignal | undefined },
): Promise<ProcessedPictures> {
  checkObject('Invalid options', options);
  const { signal } = options;
  throwIfAborted(signal);
  const pictures = await asPictures(input, signal);
  return model.loaded.runImageTask('preprocess', { processor: processor.toJSON(), pictures }, signal);
}

/** Strings and URLs become bytes, the rest stays. @throws `FileNotFound`, `Network`, `Aborted` */
export async function asPictures(
  input: PictureInput | readonly PictureInput[],
  signal?: AbortSignal,
): Promise<ReadablePicture[]> {
  const list = Array.isArray(input) ? (input as readonly PictureInput[]) : [input as PictureInput];
  return Promise.all(
    list.map((picture) =>
      typeof picture === 'string' || picture instanceof URL ? pictureBytes(placeOf(picture), signal) : picture,
    ),
  );
}

/** The bytes of the picture at a path or URL. @throws `FileNotFound`, `Network`, `Aborted` */
export async function pictureBytes(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (/^(https?|data|blob):/.test(path)) return fetchBytes(path, signal);
  const files = await platform.folder(path);
  const file = await files?.open(path.split(/[\\/]/).pop()!);
  if (file) return file.read(0, file.size);
  if (platform.name === 'web') return fetchBytes(path, signal);
  throw new BeitError('FileNotFound', `Cannot open the picture ${quoted(path)}: no such file`);
}

async function fetchBytes(url: string, signal?: AbortSignal): Promise<Uint8Array> {
  const what = `Cannot fetch the picture "${url.slice(0, 200)}"`;
  try {
    const response = await fetch(url, { signal });
    check(response.ok, 'Network', `${what}: status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throwIfAborted(signal);
    throw cause instanceof BeitError ? cause : new BeitError('Network', `${what}: ${reason(cause)}`, { cause });
  }
}
