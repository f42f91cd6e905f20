import { BeitError, check } from '../../errors.ts';
import { checkPixelCount, type RgbPixels } from '../pixels.ts';
import { type BmpHeader, COMPRESSION, readBmpHeader } from './bmpHeader.ts';
import { indexedPixels } from './bmpPalette.ts';
import { type BmpPixels, colorPixels } from './bmpPixels.ts';
import { readRuns } from './bmpRuns.ts';

/** The pixels of a BMP or DIB as Pillow's `convert("RGB")` gives them: alpha dropped, palettes applied. */
export function decodeBmp(bytes: Uint8Array, maxPixels?: number): RgbPixels {
  const header = readBmpHeader(bytes);
  const { width, height, bits, topDown } = header;
  checkPixelCount('decode BMP', width, height, maxPixels);
  checkForm(header);
  const pixels = bits <= 8 ? indexedPixels(bytes, header) : colorPixels(header);
  const rows = rowsOf(bytes, header, pixels);
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const y = topDown ? row : height - 1 - row;
    pixels.paint(data, y * width * 3, rows.bytes.subarray(rows.at + row * rows.stride), width);
  }
  return { data, width, height, channels: 3 };
}

function checkForm({ bits, compression }: BmpHeader): void {
  const known = [1, 4, 8, 16, 24, 32].includes(bits);
  check(known, 'InvalidImage', () => `Cannot decode BMP: expected 1, 4, 8, 16, 24 or 32 bits a pixel, got ${bits}`);
  const { none, rle8, rle4, bitFields } = COMPRESSION;
  const fits = bits <= 8 ? [none, rle8, rle4] : [none, bitFields];
  if ((fits as number[]).includes(compression)) return;
  throw new BeitError('UnsupportedFormat', `Cannot decode BMP: compression ${compression} of ${bits} bits is not read`);
}

/** Rows of packed pixels: row i begins at `at + i · stride`. */
interface Rows {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly stride: number;
}

function rowsOf(bytes: Uint8Array, header: BmpHeader, { bits }: BmpPixels): Rows {
  const { width, height, colors, colorBytes, compression } = header;
  const paletteBytes = header.bits <= 8 ? colors * colorBytes : 0;
  const at = header.dataAt ?? Math.min(header.paletteAt + paletteBytes, bytes.length);
  if (compression === COMPRESSION.rle8 || compression === COMPRESSION.rle4) {
    const runs = { width, height, halves: compression === COMPRESSION.rle4 };
    return { bytes: readRuns(bytes, at, runs), at: 0, stride: width };
  }
  // rows begin at multiples of 4 bytes
  const stride = Math.ceil((width * header.bits) / 32) * 4;
  const line = Math.ceil((width * bits) / 8);
  check(line <= stride, 'InvalidImage', `Cannot decode BMP: rows of ${line} bytes do not fit into ${stride}`);
  const needed = at + stride * (height - 1) + line;
  check(needed <= bytes.length, 'InvalidImage', () => {
    return `Cannot decode BMP: its pixels end at byte ${needed}, got ${bytes.length} bytes`;
  });
  return { bytes, at, stride };
}
