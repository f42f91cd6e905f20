import { Unzlib } from 'fflate';
import { BeitError, check } from '../../errors.ts';
import { checkPixelCount } from '../pixels.ts';
import { pngChunks } from './pngChunks.ts';
import { PALETTE, type PngHeader, readPngHeader } from './pngHeader.ts';
import { pngOrientation } from './pngOrientation.ts';
import { lineBytes, passesOf, type RowSink, Scanlines } from './scanlines.ts';

/** Deflate cannot make more than 1032 bytes of one. */
const MOST_BYTES_OF_ONE = 1032;
/** Compressed bytes inflated in one go: bounds what is in memory between the file and the rows to 17 MB. */
const PIECE = 1 << 14;

/** A PNG whose header, chunks and sizes have been checked, its rows not yet inflated. */
export interface PngFile {
  readonly header: PngHeader;
  readonly palette: Uint8Array; // [256, 3], black where the file has no entry, as in Pillow
  readonly data: readonly Uint8Array[]; // the IDAT chunks
  readonly orientation: number; // 1…8, as EXIF counts
}

/** Reads everything of a PNG but its pixels, and refuses what is too large or cannot be true. */
export function openPng(bytes: Uint8Array, maxPixels?: number): PngFile {
  const chunks = pngChunks(bytes);
  const header = readPngHeader(chunks.next().value!);
  checkPixelCount('decode PNG', header.width, header.height, maxPixels);
  const rest = [...chunks];
  const data = rest.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data);
  checkInflatedSize(header, data);
  const palette = new Uint8Array(256 * 3);
  const entries = rest.find(({ type }) => type === 'PLTE')?.data;
  check(entries || header.colorType !== PALETTE, 'InvalidImage', 'Cannot decode PNG: it has indices but no palette');
  if (entries && header.colorType === PALETTE) palette.set(checkedPalette(entries));
  return { header, palette, data, orientation: pngOrientation(rest) };
}

function checkedPalette(entries: Uint8Array): Uint8Array {
  const fits = entries.length > 0 && entries.length <= 768 && entries.length % 3 === 0;
  check(fits, 'InvalidImage', () => `Cannot decode PNG: a palette has 3 to 768 bytes, got ${entries.length}`);
  return entries;
}

function checkInflatedSize(header: PngHeader, data: readonly Uint8Array[]): void {
  const packed = data.reduce((sum, chunk) => sum + chunk.length, 0);
  const raw = passesOf(header).reduce((sum, { width, height }) => sum + height * (1 + lineBytes(header, width)), 0);
  check(raw <= packed * MOST_BYTES_OF_ONE, 'InvalidImage', () => {
    return `Cannot decode PNG: ${header.width} × ${header.height} pixels cannot come from ${packed} compressed bytes`;
  });
}

/** Inflates the rows of a PNG into `sink`, piece by piece; no buffer of the size of the picture is needed. */
export function readRows({ header, data }: PngFile, sink: RowSink): void {
  const scanlines = new Scanlines(header, sink);
  const inflater = new Unzlib((bytes) => scanlines.push(bytes));
  try {
    for (const chunk of data) {
      for (let at = 0; at < chunk.length && !scanlines.done; at += PIECE) inflater.push(chunk.subarray(at, at + PIECE));
    }
    if (!scanlines.done) inflater.push(new Uint8Array(0), true);
  } catch (cause) {
    if (cause instanceof BeitError) throw cause;
    throw new BeitError('InvalidImage', 'Cannot decode PNG: its compressed data are broken', { cause });
  }
  check(scanlines.done, 'InvalidImage', 'Cannot decode PNG: its data end before its last row');
}
