import { check } from '../../errors.ts';
import { checkPixelCount } from '../pixels.ts';
import { type PngChunk, pngChunks } from './pngChunks.ts';
import { PALETTE, type PngHeader, readPngHeader } from './pngHeader.ts';
import { pngOrientation } from './pngOrientation.ts';
import { lineBytes, passesOf } from './pngPasses.ts';

/** Deflate cannot make more than 1032 bytes of one. */
const MOST_BYTES_OF_ONE = 1032;
/** Pillow rejects palettes of more than 256 whole entries. */
const LONGEST_PALETTE = 770;

/** A PNG whose header, chunks and sizes have been checked, its rows not yet inflated. */
export interface PngFile {
  readonly header: PngHeader;
  readonly palette: Uint8Array; // [256, 3], black where the file has no entry, as in Pillow
  readonly data: readonly Uint8Array[]; // the IDAT chunks
  readonly orientation: number; // 1…8, as EXIF counts
}

/** Reads everything of a PNG but its pixels, and rejects what is too large or inconsistent. */
export function openPng(bytes: Uint8Array, maxPixels?: number): PngFile {
  const chunks = pngChunks(bytes);
  let chunk = chunks.next().value!;
  // Pillow looks for it up to the data
  while (chunk.type !== 'IHDR' && chunk.type !== 'IDAT' && chunk.type !== 'IEND') {
    const next = chunks.next().value;
    if (!next) break;
    chunk = next;
  }
  const header = readPngHeader(chunk);
  checkPixelCount('decode PNG', header.width, header.height, maxPixels);
  const rest = [...chunks];
  const [first, behind] = dataOf(rest);
  const data = rest.slice(first, behind).map((chunk) => chunk.data);
  checkInflatedSize(header, data);
  // a palette behind the data comes too late
  const palettes = header.colorType === PALETTE ? rest.slice(0, first).filter(({ type }) => type === 'PLTE') : [];
  return { header, palette: paletteOf(palettes.at(-1)), data, orientation: pngOrientation(rest) };
}

/** Where the data begin and end in the list: chunks called IDAT, one behind the other. */
function dataOf(chunks: readonly PngChunk[]): [first: number, behind: number] {
  const isData = ({ type }: PngChunk) => type === 'IDAT';
  const first = chunks.findIndex(isData);
  if (first < 0) return [chunks.length, chunks.length];
  const count = chunks.slice(first).findIndex((chunk) => !isData(chunk));
  return [first, count < 0 ? chunks.length : first + count];
}

/** Three bytes an entry; what is left over at the end is dropped. */
function paletteOf(chunk: PngChunk | undefined): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  const entries = chunk?.data ?? new Uint8Array(0);
  check(entries.length <= LONGEST_PALETTE, 'InvalidImage', () => {
    return `Cannot decode PNG: expected a palette of at most 256 entries, got ${entries.length} bytes`;
  });
  palette.set(entries.subarray(0, entries.length - (entries.length % 3)));
  return palette;
}

function checkInflatedSize(header: PngHeader, data: readonly Uint8Array[]): void {
  const packed = data.reduce((sum, chunk) => sum + chunk.length, 0);
  const raw = passesOf(header).reduce((sum, { width, height }) => sum + height * (1 + lineBytes(header, width)), 0);
  check(raw <= packed * MOST_BYTES_OF_ONE, 'InvalidImage', () => {
    return `Cannot decode PNG: ${header.width} × ${header.height} pixels cannot come from ${packed} compressed bytes`;
  });
}
