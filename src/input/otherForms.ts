import { concatBytes } from '../concatBytes.ts';
import { BeitError, check, reason, throwIfAborted } from '../errors.ts';
import type { Picture, RawPicture } from '../image/picture.ts';
import { classOf } from '../tensor.ts';
import { drawnPicture, isDrawable } from './drawable.ts';
import { PICTURE_FORMS, viewBytes } from './forms.ts';
import type { OpenedPicture, PictureBody, PictureInput, PictureStream, SharpOutput } from './pictureInput.ts';

/** Pictures that are neither a path nor encoded: what can be drawn, pixels, responses and streams. */
export async function openOtherForm(input: PictureInput & object, signal?: AbortSignal): Promise<OpenedPicture> {
  if (isDrawable(input)) return drawnPicture(input);
  if (hasMethod(input, 'getFile')) return (input as { getFile(): Promise<Blob> }).getFile();
  if (hasMethod(input, 'arrayBuffer')) return bodyBytes(input as PictureBody, signal);
  if (hasMethod(input, 'getReader') || Symbol.asyncIterator in input)
    return streamBytes(input as PictureStream, signal);
  if ('info' in input && 'data' in input) return sharpPicture(input as SharpOutput);
  if (!('data' in input && 'width' in input)) throw notAPicture(input);
  return input as RawPicture;
}

function hasMethod(input: object, name: string): boolean {
  return typeof (input as Record<string, unknown>)[name] === 'function';
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

/** Objects that one call turns into a picture. */
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
  return new BeitError('InvalidArgument', `Cannot read a picture: expected ${PICTURE_FORMS}, got ${got}`);
}
