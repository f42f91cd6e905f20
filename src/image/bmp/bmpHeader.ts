import { BeitError, check } from '../../errors.ts';
import { startsWith } from '../exif.ts';

/** Sizes of the headers that exist: OS/2 1, Windows 3, 3 with masks for RGB, for RGBA, OS/2 2, Windows 4 and 5. */
const HEADER_SIZES = [12, 40, 52, 56, 64, 108, 124];
/** How the pixels are stored, by the number that the header has for it. */
export const COMPRESSION = { none: 0, rle8: 1, rle4: 2, bitFields: 3 } as const;

/** What the headers of a BMP say. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number; // a pixel: 1, 4, 8, 16, 24 or 32
  readonly compression: number;
  readonly masks: readonly number[]; // of red, green, blue and alpha; empty without bit fields
  readonly colors: number; // entries of the palette
  readonly colorBytes: number; // of an entry, 3 or 4
  readonly paletteAt: number;
  readonly dataAt: number | undefined; // undefined: behind what comes before it
}

/** Reads the headers of a BMP. */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = startsWith(bytes, 'BM') ? 14 : 0;
  const size = bytes.length >= start + 4 ? view.getUint32(start, true) : 0;
  check(HEADER_SIZES.includes(size), 'InvalidImage', () => {
    return `Cannot decode BMP: expected a header of ${HEADER_SIZES.join(', ')} bytes, got ${size}`;
  });
  checkLength(bytes, start + size);
  const header = size === 12 ? shortHeader(view, start) : longHeader(view, start);
  const bitFields = header.compression === COMPRESSION.bitFields;
  // the shortest header with masks has them behind it
  const masksInside = size >= 52;
  if (bitFields && !masksInside) checkLength(bytes, start + size + 12);
  const masks = bitFields ? readMasks(view, start + 40, size) : [];
  const paletteAt = start + size + (bitFields && !masksInside ? 12 : 0);
  const colors = header.colors || 2 ** Math.min(header.bits, 32);
  const colorBytes = size === 12 ? 3 : 4;
  const given = start ? view.getUint32(10, true) : 0;
  // some writers forget the palette
  const forgotten = given === start + size && header.bits <= 8 ? colors * colorBytes : 0;
  return { ...header, masks, colors, colorBytes, paletteAt, dataAt: given ? given + forgotten : undefined };
}

type Fields = Pick<BmpHeader, 'width' | 'height' | 'topDown' | 'bits' | 'compression' | 'colors'>;

function shortHeader(view: DataView, start: number): Fields {
  const [width, height, , bits] = [4, 6, 8, 10].map((at) => view.getUint16(start + at, true));
  return { width, height, topDown: false, bits, compression: COMPRESSION.none, colors: 0 };
}

function longHeader(view: DataView, start: number): Fields {
  const height = view.getUint32(start + 8, true);
  const topDown = height >= 0xff000000; // a small negative number
  return {
    width: view.getUint32(start + 4, true),
    height: topDown ? 2 ** 32 - height : height,
    topDown,
    bits: view.getUint16(start + 14, true),
    compression: view.getUint32(start + 16, true),
    colors: view.getUint32(start + 32, true),
  };
}

/** The mask of alpha is in headers of 56 bytes and more; in the others it is 0. */
function readMasks(view: DataView, at: number, headerSize: number): number[] {
  const [red, green, blue] = [0, 4, 8].map((offset) => view.getUint32(at + offset, true));
  return [red, green, blue, headerSize >= 56 ? view.getUint32(at + 12, true) : 0];
}

function checkLength({ length }: Uint8Array, needed: number): void {
  if (length < needed) {
    throw new BeitError('InvalidImage', `Cannot decode BMP: its header ends at byte ${needed}, got ${length} bytes`);
  }
}
