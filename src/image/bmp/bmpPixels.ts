import { BeitError } from '../../errors.ts';
import { type BmpHeader, COMPRESSION } from './bmpHeader.ts';

/** Writes a packed row as RGB: `width` pixels from `line` to `out[to…]`. */
export type LinePainter = (out: Uint8Array, to: number, line: Uint8Array, width: number) => void;

/** How the pixels of a row are packed, and what turns them into RGB. */
export interface BmpPixels {
  readonly bits: number; // that a pixel takes
  readonly paint: LinePainter;
}

/** Masks that Pillow knows, in hexadecimal, and the places of red, green and blue among the bytes of a pixel. */
const BYTE_ORDERS: Readonly<Record<string, readonly [red: number, green: number, blue: number]>> = {
  'ff0000,ff00,ff,0': [2, 1, 0],
  'ff000000,ff0000,ff00,0': [3, 2, 1],
  'ff000000,ff00,ff,0': [3, 1, 0],
  'ff000000,ff0000,ff00,ff': [3, 2, 1],
  'ff,ff00,ff0000,ff000000': [0, 1, 2],
  'ff0000,ff00,ff,ff000000': [2, 1, 0],
  'ff000000,ff00,ff,ff0000': [3, 1, 0],
  '0,0,0,0': [2, 1, 0],
};

/** Pixels of 16, 24 or 32 bits. @throws `UnsupportedFormat` for masks that Pillow does not read */
export function colorPixels({ bits, compression, masks }: BmpHeader): BmpPixels {
  const bitFields = compression === COMPRESSION.bitFields;
  const names = masks.map((mask) => mask.toString(16));
  if (bits === 32) {
    const order = bitFields ? BYTE_ORDERS[names.join()] : ([2, 1, 0] as const);
    if (order) return { bits, paint: bytePainter(order, 4) };
  }
  const rgb = names.slice(0, 3).join();
  if (bits === 24 && (!bitFields || rgb === 'ff0000,ff00,ff')) return { bits, paint: bytePainter([2, 1, 0], 3) };
  if (bits === 16 && (!bitFields || rgb === '7c00,3e0,1f')) return { bits, paint: bitPainter(5) };
  if (bits === 16 && rgb === 'f800,7e0,1f') return { bits, paint: bitPainter(6) };
  const found = bitFields ? ` with the masks ${names.join(', ')}` : '';
  throw new BeitError('UnsupportedFormat', `Cannot decode BMP: ${bits} bits a pixel${found} are not read`);
}

function bytePainter([red, green, blue]: readonly [number, number, number], size: number): LinePainter {
  return (out, to, line, width) => {
    for (let i = 0, at = to; i < width * size; i += size) {
      out[at++] = line[i + red];
      out[at++] = line[i + green];
      out[at++] = line[i + blue];
    }
  };
}

/** 16 bits: 5 of red, 5 or 6 of green, 5 of blue, each stretched to 0…255 and rounded down. */
function bitPainter(greenBits: number): LinePainter {
  const most = (1 << greenBits) - 1;
  return (out, to, line, width) => {
    for (let i = 0, at = to; i < width; i++) {
      const pixel = line[2 * i] | (line[2 * i + 1] << 8);
      out[at++] = (((pixel >> (5 + greenBits)) & 31) * 255) / 31;
      out[at++] = (((pixel >> 5) & most) * 255) / most;
      out[at++] = ((pixel & 31) * 255) / 31;
    }
  };
}

/** Indices of 1, 4 or 8 bits into a palette [256, 3]. */
export function indexPainter(bits: number, palette: Uint8Array): LinePainter {
  const mask = (1 << bits) - 1;
  return (out, to, line, width) => {
    for (let i = 0, at = to; i < width; i++) {
      const bit = i * bits;
      const index = (line[bit >> 3] >> (8 - bits - (bit & 7))) & mask;
      out[at++] = palette[3 * index];
      out[at++] = palette[3 * index + 1];
      out[at++] = palette[3 * index + 2];
    }
  };
}
