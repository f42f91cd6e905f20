import { BeitError, check } from '../../errors.ts';
import { type BmpHeader, COMPRESSION } from './bmpHeader.ts';
import { type BmpPixels, indexPainter } from './bmpPixels.ts';

/**
 * Pixels that are indices. Where the palette is the gray ramp (or black, or black and white), Pillow ignores it and takes
 * the pixels for gray levels of 8 bits (or 1 bit), whatever number of bits the header names.
 */
export function indexedPixels(bytes: Uint8Array, header: BmpHeader): BmpPixels {
  const { colors, colorBytes, bits, compression } = header;
  check(colors > 0 && colors <= 65536, 'InvalidImage', () => `Cannot decode BMP: its palette has ${colors} colors`);
  const stored = bytes.subarray(header.paletteAt, header.paletteAt + colors * colorBytes);
  const runs = compression === COMPRESSION.rle4 || compression === COMPRESSION.rle8;
  if (isRamp(stored, colors, colorBytes)) {
    const gray = colors > 2;
    // runs give whole bytes, of which all but 0 are white
    const palette = gray ? levels((i) => i) : levels((i) => (i > 0 ? 255 : 0));
    const grayBits = gray || runs ? 8 : 1;
    return { bits: grayBits, paint: indexPainter(grayBits, palette) };
  }
  const indexBits = runs ? 8 : bits;
  return { bits: indexBits, paint: indexPainter(indexBits, paletteOf(stored, colorBytes)) };
}

/** Whether color i is gray i, or of two colors the second white. */
function isRamp(stored: Uint8Array, colors: number, colorBytes: number): boolean {
  for (let i = 0; i < colors; i++) {
    const level = colors === 2 ? 255 * i : i & 255;
    for (let c = 0; c < 3; c++) if (stored[i * colorBytes + c] !== level) return false;
  }
  return true;
}

function levels(level: (index: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 * 3 }, (_, i) => level(Math.floor(i / 3)));
}

/** Red, green and blue; black where the file has no entry. */
function paletteOf(stored: Uint8Array, colorBytes: number): Uint8Array {
  const count = Math.floor(stored.length / colorBytes);
  if (count > 256) throw new BeitError('InvalidImage', `Cannot decode BMP: expected up to 256 colors, got ${count}`);
  const palette = new Uint8Array(256 * 3);
  for (let i = 0; i < 3 * count; i++) palette[i] = stored[Math.floor(i / 3) * colorBytes + 2 - (i % 3)];
  return palette;
}
