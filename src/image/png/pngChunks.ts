import { crc32 } from '../../crc32.ts';
import { BeitError, check } from '../../errors.ts';

export const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** One chunk: its four-letter type and a view of its data. */
export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** The chunks up to IEND, each checked against its CRC; a file that ends before IEND is refused as truncated. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = PNG_SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    check(end + 4 <= bytes.length, 'InvalidImage', () => {
      return `Cannot decode PNG: chunk ${type} is truncated, expected ${length} bytes, got ${bytes.length - at - 12}`;
    });
    const crc = crc32(bytes.subarray(at + 4, end));
    check(crc === view.getUint32(end), 'InvalidImage', () => `Cannot decode PNG: chunk ${type} does not have its CRC`);
    yield { type, data: bytes.subarray(at + 8, end) };
    if (type === 'IEND') return;
    at = end + 4;
  }
  throw new BeitError('InvalidImage', `Cannot decode PNG: the file is truncated, no IEND after ${bytes.length} bytes`);
}
