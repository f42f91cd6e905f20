import { createHash } from 'node:crypto';

/** The first 16 hexadecimal digits of the SHA-256 of an array's bytes, as fixtures/make/images.py writes them. */
export function sha(data: ArrayBufferView): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
