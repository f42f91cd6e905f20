import { concatBytes } from '../concatBytes.ts';
import { BeitError, check, reason, throwIfAborted } from '../errors.ts';
import { type Picture, type RawPicture, readPicture } from '../image/picture.ts';
import type { RgbPixels } from '../image/pixels.ts';
import { classOf } from '../tensor.ts';
import { bitmapPixels, drawnPicture, isBitmap, isDrawable } from './drawable.ts';
import { openPath } from './openPath.ts';
import type {
  OpenedPicture,
  PictureBody,
  PictureInput,
  PictureOptions,
  PictureStream,
  SharpOutput,
} from './pictureInput.ts';

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
    return `Cannot read a picture: expected ${EXPECTED}, got ${input === null ? 'null' : typeof input}`;
  });
  if (isBitmap(input) || (typeof Blob === 'function' && input instanceof Blob)) return input as OpenedPicture;
  if (/^(Shared)?ArrayBuffer$/.test(classOf(input))) return new Uint8Array(input as ArrayBuffer);
  if (ArrayBuffer.isView(input)) return viewBytes(input);
  if (isDrawable(input)) return drawnPicture(input);
  if (hasMethod(input, 'getFile')) return (input as { getFile(): Promise<Blob> }).getFile();
  if (hasMethod(input, 'arrayBuffer')) return bodyBytes(input as PictureBody, signal);
  if (hasMethod(input, 'getReader') || Symbol.asyncIterator in input)
    return streamBytes(input as PictureStream, signal);
  if ('info' in input && 'data' in input) return sharpPicture(input as SharpOutput);
  if (!('data' in input && 'width' in input)) throw notAPicture(input);
  return input as RawPicture;
}

/** The same without bitmaps, which are drawn. */
export async function readablePicture(input: PictureInput, options: PictureOptions): Promise<Picture> {
  const opened = await openPicture(input, options.signal);
  return isBitmap(opened) ? bitmapPixels(opened, options.maxPixels) : (opened as Picture);
}

/** The RGB pixels of whatever `input` is. */
export async function picturePixels(input: PictureInput, options: PictureOptions = {}): Promise<RgbPixels> {
  return readPicture(await readablePicture(input, options), options);
}

const EXPECTED = 'encoded bytes, a Blob, a path, a URL, { data, width, height } or what a page can draw';

function hasMethod(input: object, name: string): boolean {
  return typeof (input as Record<string, unknown>)[name] === 'function';
}

/** Numbers of one byte count as encoded bytes. */
function viewBytes(view: ArrayBufferView): Uint8Array {
  const { BYTES_PER_ELEMENT: size = 1 } = view as { BYTES_PER_ELEMENT?: number };
  check(size === 1, 'InvalidArgument', () => {
    const hint = 'pixels are given as { data, width, height } with 8 bits a channel';
    return `Cannot read a picture: expected encoded bytes, got a ${classOf(view)} (${hint})`;
  });
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

async function bodyBytes(body: PictureBody, signal?: AbortSignal): Promise<Uint8Array> {
  const { ok, status, url, bodyUsed } = body as Partial<Response>;
  const what = `Cannot read the picture of a ${classOf(body)}`;
  check(ok !== false, 'Network', () => `${what}${url ? ` from "${url.slice(0, 200)}"` : ''}: status ${status}`);
  check(!bodyUsed, 'InvalidArgument', () => `${what}: it was read before (pass response.clone())`);
  try {
    return new Uint8Array(await body.arrayBuffer());
  } catch (cause) {
    throwIfAborted(signal);
    throw new BeitError('Network', `${what}: ${reason(cause)}`, { cause });
  }
}

async function streamBytes(stream: PictureStream, signal?: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const what = 'Cannot read a picture from a stream';
  try {
    for await (const part of piecesOf(stream)) {
      throwIfAborted(signal);
      check(ArrayBuffer.isView(part), 'InvalidArgument', () => `${what}: expected bytes, got ${typeof part}`);
      parts.push(viewBytes(part));
    }
  } catch (cause) {
    if (cause instanceof BeitError) throw cause;
    const hint = (cause as Error)?.name === 'TypeError' ? ' (was it read before?)' : '';
    throw new BeitError('InvalidImage', `${what}: ${reason(cause)}${hint}`, { cause });
  }
  return concatBytes(parts);
}

/** Not every browser can walk a stream. */
async function* piecesOf(stream: PictureStream): AsyncGenerator<unknown> {
  if (Symbol.asyncIterator in stream) return yield* stream;
  const reader = (stream as ReadableStream<unknown>).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Without `.raw()` sharp gives an encoded picture. */
function sharpPicture({ data, info }: SharpOutput): Picture {
  const { width, height, channels, format = 'raw' } = Object(info) as SharpOutput['info'];
  return format === 'raw' ? { data, width, height, channels } : data;
}

/** What is held by people who are one call away from a picture. */
const ALMOST: readonly (readonly [is: (input: object) => boolean, what: string, hint: string])[] = [
  [(x) => hasMethod(x, 'then'), 'a promise', 'await it first'],
  [
    (x) => hasMethod(x, 'toBuffer') && hasMethod(x, 'raw'),
    'a sharp object',
    'pass await image.raw().toBuffer({ resolveWithObject: true })',
  ],
  [(x) => 'bitmap' in x, 'a Jimp image', 'pass image.bitmap'],
  [(x) => 'files' in x, `a file input or a drop`, 'pass its files'],
  [(x) => hasMethod(x, 'getTracks'), 'a MediaStream', 'pass the <video> that shows it'],
  [
    (x) => 'dims' in x || 'shape' in x,
    'a tensor',
    'pass { data, width, height } with 8 bits a channel, pixel by pixel',
  ],
  [(x) => 'image' in x, 'an object around a picture', 'pass what it has as image'],
];

function notAPicture(input: object): BeitError {
  const almost = ALMOST.find(([is]) => is(input));
  const got = almost ? `${almost[1]} (${almost[2]})` : classOf(input);
  return new BeitError('InvalidArgument', `Cannot read a picture: expected ${EXPECTED}, got ${got}`);
}
