import { BeitError, check } from '../../errors.ts';
import { paintedStripes } from '../paintedStripes.ts';
import type { PictureCore, Stripe, StripedPicture } from '../pictureCore.ts';
import { checkPixelCount } from '../pixels.ts';
import { type BmpHeader, COMPRESSION, readBmpHeader } from './bmpHeader.ts';
import { indexedPixels } from './bmpPalette.ts';
import { type BmpPixels, colorPixels } from './bmpPixels.ts';
import { checkRuns, type Runs, readRuns } from './bmpRuns.ts';

/**
 * The pixels of a BMP or DIB as Pillow's `convert("RGB")` gives them: alpha dropped, palettes applied. With `fill`, rows that
 * are missing at the end of the file are 0; of runs Pillow gives nothing then.
 */
export function stripedBmp(bytes: Uint8Array, maxPixels: number | undefined, fill: boolean): StripedPicture {
  const header = readBmpHeader(bytes);
  const { width, height, bits } = header;
  checkPixelCount('decode BMP', width, height, maxPixels);
  checkForm(header);
  const pixels = bits <= 8 ? indexedPixels(bytes, header) : colorPixels(header);
  const rows = rowsOf(bytes, header, pixels, fill);
  return { width, height, orientation: 1, stripes: (core) => stripesOf(rows, header, pixels, core) };
}

function* stripesOf(
  rows: Rows,
  { width, height, topDown }: BmpHeader,
  { paint }: BmpPixels,
  core: PictureCore,
): Generator<Stripe, void> {
  const bytes = rows.runs ? yield* readRuns(rows.bytes, rows.at, rows.runs) : rows.bytes;
  const start = rows.runs ? 0 : rows.at;
  const blank = new Uint8Array(rows.stride);
  yield* paintedStripes({ width, height }, core, (first, count, out) => {
    for (let i = 0; i < count; i++) {
      const row = topDown ? first + i : height - 1 - first - i;
      const line = row < rows.count ? bytes.subarray(start + row * rows.stride) : blank;
      paint(out, i * width * 3, line, width);
    }
  });
}

function checkForm({ bits, compression }: BmpHeader): void {
  const known = [1, 4, 8, 16, 24, 32].includes(bits);
  check(known, 'InvalidImage', () => `Cannot decode BMP: expected 1, 4, 8, 16, 24 or 32 bits a pixel, got ${bits}`);
  const { none, rle8, rle4, bitFields } = COMPRESSION;
  const fits = bits <= 8 ? [none, rle8, rle4] : [none, bitFields];
  if ((fits as number[]).includes(compression)) return;
  throw new BeitError('UnsupportedFormat', `Cannot decode BMP: compression ${compression} of ${bits} bits is not read`);
}

/** Rows of packed pixels: row i begins at `at + i · stride`, or behind what `runs` make of the bytes there. */
interface Rows {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly stride: number;
  readonly count: number; // that the file has
  readonly runs?: Runs;
}

function rowsOf(bytes: Uint8Array, header: BmpHeader, { bits }: BmpPixels, fill: boolean): Rows {
  const { width, height, colors, colorBytes, compression } = header;
  const paletteBytes = header.bits <= 8 ? colors * colorBytes : 0;
  const at = header.dataAt ?? Math.min(header.paletteAt + paletteBytes, bytes.length);
  if (compression === COMPRESSION.rle8 || compression === COMPRESSION.rle4) {
    const runs = { width, height, halves: compression === COMPRESSION.rle4 };
    checkRuns(bytes.length - at, runs);
    return { bytes, at, stride: width, count: height, runs };
  }
  // rows begin at multiples of 4 bytes
  const stride = Math.ceil((width * header.bits) / 32) * 4;
  const line = Math.ceil((width * bits) / 8);
  const isWide = line > stride;
  if (fill) {
    const count = isWide ? 0 : Math.min(height, Math.floor((bytes.length - at - line) / stride) + 1);
    return { bytes, at, stride: Math.max(line, stride), count };
  }
  check(!isWide, 'InvalidImage', `Cannot decode BMP: rows of ${line} bytes do not fit into ${stride}`);
  const needed = at + stride * (height - 1) + line;
  check(needed <= bytes.length, 'InvalidImage', () => {
    return `Cannot decode BMP: its pixels end at byte ${needed}, got ${bytes.length} bytes`;
  });
  return { bytes, at, stride, count: height };
}
