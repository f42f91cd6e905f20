import { check } from '../../../src/errors.ts';
import type { BitReader } from './bitReader.ts';

/** Codes of up to this many bits are found with one look. */
const FAST_BITS = 9;

/** A canonical Huffman code as a DHT segment gives it. */
export class HuffmanTable {
  readonly #symbols: Uint8Array;
  readonly #fast = new Uint16Array(1 << FAST_BITS); // length << 8 | symbol; 0 where the code is longer
  readonly #ends = new Int32Array(17); // per length, one past its last code, left-aligned in 16 bits
  readonly #offsets = new Int32Array(17); // per length, index of its first symbol − its first code

  /** `counts[i]` codes have i + 1 bits; `symbols` are in the order of their codes. */
  constructor(counts: Uint8Array, symbols: Uint8Array) {
    this.#symbols = symbols;
    for (let length = 1, code = 0, index = 0; length <= 16; length++, code <<= 1) {
      const count = counts[length - 1];
      this.#offsets[length] = index - code;
      for (let i = 0; i < count && length <= FAST_BITS; i++) this.#addFast(code + i, length, symbols[index + i]);
      code += count;
      index += count;
      // the code of ones alone stays free in every length
      check(
        count === 0 || code < 1 << length,
        'InvalidImage',
        'Cannot decode JPEG: a Huffman table has too many codes',
      );
      this.#ends[length] = code << (16 - length);
    }
  }

  #addFast(code: number, length: number, symbol: number): void {
    const from = code << (FAST_BITS - length);
    this.#fast.fill((length << 8) | symbol, from, from + (1 << (FAST_BITS - length)));
  }

  /** Takes one code and gives its symbol; 17 bits that are no code count as 0, as in libjpeg. */
  read(reader: BitReader): number {
    const ahead = reader.peek(16);
    const found = this.#fast[ahead >> (16 - FAST_BITS)];
    if (found) {
      reader.skip(found >> 8);
      return found & 255;
    }
    for (let length = FAST_BITS + 1; length <= 16; length++) {
      if (ahead >= this.#ends[length]) continue;
      reader.skip(length);
      return this.#symbols[(ahead >> (16 - length)) + this.#offsets[length]];
    }
    reader.skip(16);
    reader.bit();
    return 0;
  }
}
