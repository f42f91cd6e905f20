import { zlibSync } from 'fflate';
import { crc32 } from '../../../../src/crc32.ts';
import { PNG_SIGNATURE } from '../../../../src/image/png/pngChunks.ts';

/** A chunk with its length and CRC. */
export function chunk(type: string, data: ArrayLike<number> = []): number[] {
  const body = [...ascii(type), ...Array.from(data)];
  return [...word(body.length - 4), ...body, ...word(crc32(Uint8Array.from(body)))];
}

/** IHDR. */
export function header(width: number, height: number, bitDepth: number, colorType: number, interlace = 0): number[] {
  return chunk('IHDR', [...word(width), ...word(height), bitDepth, colorType, 0, 0, interlace]);
}

/** Filtered rows as one IDAT. */
export function pixels(...rows: ArrayLike<number>[]): number[] {
  return chunk('IDAT', zlibSync(Uint8Array.from(rows.flatMap((row) => Array.from(row)))));
}

/** A file of chunks; IEND follows by itself. */
export function png(...chunks: number[][]): Uint8Array {
  return Uint8Array.from([...PNG_SIGNATURE, ...chunks.flat(), ...chunk('IEND')]);
}

export const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));

/** Four bytes, the highest first. */
export const word = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
