import { platform } from '#platform';
import { isBitmap } from '../input/bitmap.ts';
import type { OpenedPicture } from '../input/pictureInput.ts';

/** Bytes that are copied before the event loop turns: a few milliseconds. */
const STRIP = 1 << 23;

/** Pictures that can be handed over, since the caller keeps its own; `transfer` gets what they are made of. */
export function pictureCopies(pictures: readonly OpenedPicture[], transfer: Transferable[]): Promise<OpenedPicture[]> {
  return Promise.all(pictures.map((picture) => copyOf(picture, transfer)));
}

async function copyOf(picture: OpenedPicture, transfer: Transferable[]): Promise<OpenedPicture> {
  if (isBytes(picture)) return copyBytes(picture, transfer);
  if (isBitmap(picture) && picture.width > 0) {
    const copy = await createImageBitmap(picture);
    transfer.push(copy);
    return copy;
  }
  const { data, width, height, channels } = Object(picture);
  return isBytes(data) ? { data: await copyBytes(data, transfer), width, height, channels } : picture;
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || value instanceof Uint8ClampedArray;
}

/** A strip at a time, so that the page stays free: 64 million pixels are 256 MB. */
async function copyBytes(bytes: Uint8Array, transfer: Transferable[]): Promise<Uint8Array> {
  const copy = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += STRIP) {
    if (at > 0) await platform.yieldToEventLoop();
    copy.set(bytes.subarray(at, at + STRIP), at);
  }
  transfer.push(copy.buffer);
  return copy;
}
