import { BeitError, check } from '../../errors.ts';
import { startsWith } from '../exif.ts';
import { type JpegSegment, MARKER } from './jpegSegments.ts';

/** What the segments between scans define, as far as the file has been read. */
export interface JpegTables {
  readonly quantization: (Uint16Array | undefined)[]; // [4] of [64], in rows
  readonly huffman: (HuffmanCode | undefined)[]; // [8]: four for DC coefficients, four for the others
  restartInterval: number; // MCUs, 0 for none
  jfif: boolean;
  adobeTransform: number | undefined;
}

/** A Huffman code as a DHT segment gives it: 16 counts by length, then the symbols in the order of their codes. */
export type HuffmanCode = Uint8Array;

/** No tables at all. */
export function emptyTables(): JpegTables {
  return { quantization: [], huffman: [], restartInterval: 0, jfif: false, adobeTransform: undefined };
}

/** Takes in a segment that defines something; others leave the tables as they are. @throws `InvalidImage` where libjpeg gives up */
export function define(tables: JpegTables, { marker, data }: JpegSegment): void {
  check(marker !== MARKER.start, 'InvalidImage', 'Cannot decode JPEG: it has two starts');
  if (marker === MARKER.quantization) defineQuantization(tables, data);
  if (marker === MARKER.huffman) defineHuffman(tables, data);
  if (marker === MARKER.restartInterval) tables.restartInterval = restartIntervalOf(data);
  if (marker === MARKER.arithmetic) checkConditioning(data);
  if (marker === MARKER.app0 && data.length >= 14 && startsWith(data, 'JFIF\0')) tables.jfif = true;
  if (marker === MARKER.app14 && data.length >= 12 && startsWith(data, 'Adobe')) tables.adobeTransform = data[11];
}

function restartIntervalOf(data: Uint8Array): number {
  check(data.length === 2, 'InvalidImage', 'Cannot decode JPEG: a segment of the restart interval is broken');
  return (data[0] << 8) | data[1];
}

/** Of arithmetic coding, which is not read: pairs of a table and its bounds, the lower one in the lower bits for DC. */
function checkConditioning(data: Uint8Array): void {
  const fits = data.every((table, i) => {
    return i % 2 === 1 || (table - 16 < 16 && (table >= 16 || (data[i + 1] & 15) <= data[i + 1] >> 4));
  });
  check(fits && data.length % 2 === 0, 'InvalidImage', BROKEN('arithmetic'));
}

function defineQuantization(tables: JpegTables, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    const wide = data[at] >> 4; // 16 bits a value instead of 8
    const slot = data[at] & 15;
    const size = wide ? 128 : 64;
    check(slot < 4 && at + 1 + size <= data.length, 'InvalidImage', BROKEN('quantization'));
    const table = new Uint16Array(64);
    for (const [k, place] of ZIGZAG.entries()) {
      table[place] = wide ? (data[at + 1 + 2 * k] << 8) | data[at + 2 + 2 * k] : data[at + 1 + k];
    }
    tables.quantization[slot] = table;
    at += 1 + size;
  }
}

function defineHuffman(tables: JpegTables, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    const kind = data[at] >> 4;
    const slot = data[at] & 15;
    const total = data.subarray(at + 1, at + 17).reduce((a, b) => a + b, 0);
    const end = at + 17 + total;
    check(kind < 2 && slot < 4 && total <= 256 && end <= data.length, 'InvalidImage', BROKEN('Huffman'));
    tables.huffman[4 * kind + slot] = data.slice(at + 1, end);
    at = end;
  }
}

const BROKEN = (kind: string) => `Cannot decode JPEG: a segment of ${kind} tables is broken`;

/** The table in `slot`, which a scan needs. */
export function tableOf<T>(tables: readonly (T | undefined)[], slot: number, kind: string): T {
  const table = tables[slot];
  if (table) return table;
  throw new BeitError('InvalidImage', `Cannot decode JPEG: a scan needs ${kind} table ${slot}, which is not there`);
}

/** Where the k-th coefficient in the order of the file is in a block of rows. */
const ZIGZAG = zigzag();

function zigzag(): Uint8Array {
  const order = new Uint8Array(64);
  for (let k = 0, sum = 0; sum < 15; sum++) {
    for (let i = Math.max(0, sum - 7); i <= Math.min(sum, 7); i++, k++) {
      const [row, column] = sum & 1 ? [i, sum - i] : [sum - i, i];
      order[k] = row * 8 + column;
    }
  }
  return order;
}

/**
 * Sets what a file leaves out: the tables of ITU-T T.81, annex K, which frames of Motion-JPEG do not repeat. Slot 0 is for
 * luminance, 1 for chrominance.
 */
export function addStandardTables({ huffman }: JpegTables): void {
  for (const [slot, hexadecimal] of STANDARD) huffman[slot] ??= bytesOf(hexadecimal);
}

function bytesOf(hexadecimal: string): Uint8Array {
  return Uint8Array.from(hexadecimal.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}

const STANDARD: readonly (readonly [slot: number, hexadecimal: string])[] = [
  [0, '00010501010101010100000000000000000102030405060708090a0b'],
  [1, '00030101010101010101010000000000000102030405060708090a0b'],
  [
    4,
    '0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433' +
      '627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475' +
      '767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2' +
      'd3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
  ],
  [
    5,
    '00020102040403040705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f01562' +
      '72d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a7374' +
      '75767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9' +
      'cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
  ],
];
