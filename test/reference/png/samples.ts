import { GREY, PALETTE, type PngHeader } from '../../../src/image/png/pngHeader.ts';

/** Widens or narrows a packed row to one byte a sample, by the rules of Pillow. */
export type SampleReader = (line: Uint8Array, bytes: Uint8Array) => Uint8Array;

/**
 * How the rows of a PNG become bytes: 8 bits stay, 1, 2 and 4 bits of gray are stretched to 0…255, palette indices are
 * kept. Of 16 bits Pillow keeps the high byte, except in plain gray (its mode I;16), which it clips at 255.
 */
export function sampleReader({ bitDepth, colorType }: PngHeader): SampleReader {
  if (bitDepth === 8) return (line) => line;
  if (bitDepth === 16) return colorType === GREY ? clip16 : highBytes;
  const step = colorType === PALETTE ? 1 : 255 / ((1 << bitDepth) - 1);
  return (line, bytes) => unpack(line, bytes, bitDepth, step);
}

function highBytes(line: Uint8Array, bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i] = line[2 * i];
  return bytes;
}

function clip16(line: Uint8Array, bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i] = line[2 * i] ? 255 : line[2 * i + 1];
  return bytes;
}

function unpack(line: Uint8Array, bytes: Uint8Array, bits: number, step: number): Uint8Array {
  const mask = (1 << bits) - 1;
  for (let i = 0; i < bytes.length; i++) {
    const bit = i * bits;
    bytes[i] = ((line[bit >> 3] >> (8 - bits - (bit & 7))) & mask) * step;
  }
  return bytes;
}
