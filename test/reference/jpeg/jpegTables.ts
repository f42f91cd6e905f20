import { BeitError, check } from '../../../src/errors.ts';
import { startsWith } from '../../../src/image/exif.ts';
import { type JpegSegment, MARKER } from '../../../src/image/jpeg/jpegSegments.ts';
import { HuffmanTable } from './huffmanTable.ts';

/** Where the k-th coefficient in the order of the file lies in a block of rows; broken runs end at the last one. */
export const ZIGZAG = zigzag();

/** What the segments between scans define, as far as the file has been read. */
export interface JpegTables {
  readonly quantization: (Int32Array | undefined)[]; // [4] of [64], rows
  readonly dc: (HuffmanTable | undefined)[]; // [4]
  readonly ac: (HuffmanTable | undefined)[]; // [4]
  restartInterval: number; // MCUs, 0 for none
  jfif: boolean;
  adobeTransform: number | undefined;
}

/** No tables at all. */
export function emptyTables(): JpegTables {
  return { quantization: [], dc: [], ac: [], restartInterval: 0, jfif: false, adobeTransform: undefined };
}

/** Takes in a segment that defines something; others leave the tables as they are. */
export function define(tables: JpegTables, { marker, data }: JpegSegment): void {
  if (marker === MARKER.quantization) defineQuantization(tables, data);
  if (marker === MARKER.huffman) defineHuffman(tables, data);
  if (marker === MARKER.restartInterval && data.length >= 2) tables.restartInterval = (data[0] << 8) | data[1];
  if (marker === MARKER.app0 && data.length >= 14 && startsWith(data, 'JFIF\0')) tables.jfif = true;
  if (marker === MARKER.app14 && data.length >= 12 && startsWith(data, 'Adobe')) tables.adobeTransform = data[11];
}

function defineQuantization(tables: JpegTables, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    const wide = data[at] >> 4; // 16 bits a value instead of 8
    const slot = data[at] & 15;
    const size = wide ? 128 : 64;
    if (wide > 1 || slot > 3 || at + 1 + size > data.length) refuse('quantization');
    const table = new Int32Array(64);
    for (let k = 0; k < 64; k++) {
      const value = wide ? (data[at + 1 + 2 * k] << 8) | data[at + 2 + 2 * k] : data[at + 1 + k];
      table[ZIGZAG[k]] = value;
    }
    tables.quantization[slot] = table;
    at += 1 + size;
  }
}

function defineHuffman(tables: JpegTables, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    const kind = data[at] >> 4;
    const slot = data[at] & 15;
    const counts = data.subarray(at + 1, at + 17);
    const total = counts.reduce((a, b) => a + b, 0);
    const end = at + 17 + total;
    if (kind > 1 || slot > 3 || total > 256 || end > data.length) refuse('Huffman');
    const table = new HuffmanTable(counts, data.slice(at + 17, end));
    (kind === 0 ? tables.dc : tables.ac)[slot] = table;
    at = end;
  }
}

/** The table in `slot`, which a scan needs. */
export function tableOf<T>(tables: readonly (T | undefined)[], slot: number, kind: string): T {
  const table = tables[slot];
  check(table, 'InvalidImage', () => `Cannot decode JPEG: a scan needs ${kind} table ${slot}, which is not there`);
  return table;
}

function refuse(kind: string): never {
  throw new BeitError('InvalidImage', `Cannot decode JPEG: a segment of ${kind} tables is broken`);
}

function zigzag(): Uint8Array {
  const order = new Uint8Array(64 + 16).fill(63);
  for (let k = 0, sum = 0; sum < 15; sum++) {
    for (let i = Math.max(0, sum - 7); i <= Math.min(sum, 7); i++, k++) {
      const [row, column] = sum & 1 ? [i, sum - i] : [sum - i, i];
      order[k] = row * 8 + column;
    }
  }
  return order;
}
