import { crc32 } from '../../crc32.ts';
import { BeitError, check } from '../../errors.ts';

export const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** One chunk: its four-letter type and a view of its data. */
export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/**
 * The chunks up to IEND, as strictly as Pillow reads them: those before the first IDAT are whole and have their CRC; from
 * there on no CRC is looked at, the last chunk may be cut, and bytes that are not a chunk end the file.
 */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let strict = true;
  for (let at = PNG_SIGNATURE.length; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    strict &&= type !== 'IDAT';
    if (strict) checkChunk(bytes, view, type, at, end);
    if (!/^\w{4}$/.test(type)) return;
    yield { type, data: bytes.subarray(at + 8, end) };
    if (type === 'IEND') return;
    at = end + 4;
  }
  if (strict)
    throw new BeitError('InvalidImage', `Cannot decode PNG: the file is truncated after ${bytes.length} bytes`);
}

function checkChunk(bytes: Uint8Array, view: DataView, type: string, at: number, end: number): void {
  check(end + 4 <= bytes.length, 'InvalidImage', () => {
    const there = Math.max(0, bytes.length - at - 12);
    return `Cannot decode PNG: chunk ${type} is truncated, expected ${end - at - 8} bytes, got ${there}`;
  });
  const crc = crc32(bytes.subarray(at + 4, end));
  check(crc === view.getUint32(end), 'InvalidImage', () => `Cannot decode PNG: chunk ${type} does not have its CRC`);
}
