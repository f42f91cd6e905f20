import { check } from '../errors.ts';
import { classOf } from '../tensor.ts';

/** In messages. */
export const PICTURE_FORMS = 'encoded bytes, a Blob, a path, a URL, { data, width, height } or what a page can draw';

/** Numbers of one byte count as encoded bytes. */
export function viewBytes(view: ArrayBufferView): Uint8Array {
  const { BYTES_PER_ELEMENT: size = 1 } = view as { BYTES_PER_ELEMENT?: number };
  check(size === 1, 'InvalidArgument', () => {
    const hint = 'pixels are given as { data, width, height } with 8 bits a channel';
    return `Cannot read a picture: expected encoded bytes, got a ${classOf(view)} (${hint})`;
  });
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
