import { STEPS_AT_ONCE } from './tiffCodecs.ts';

const CLEAR = 256;
const END = 257;
const FIRST = 258;
const TABLE = 1 << 12;

/**
 * LZW of 9 to 12 bits into `out`; returns how much of it was filled. Codes have their highest bit first and grow one code
 * early. In old files, which begin with a clear code the other way round, they have their lowest bit first and grow in time.
 */
export function* unpackLzw(packed: Uint8Array, out: Uint8Array): Generator<undefined, number> {
  const old = packed.length >= 2 && packed[0] === 0 && (packed[1] & 1) === 1;
  const read = old ? lowFirst : highFirst;
  const growth = old ? 0 : 1;
  const bits = packed.length * 8;
  const table = new StringTable(out);
  let size = 9;
  let last = -1; // the code before, or −1 behind a clear code
  for (let bit = 0, step = 1; bit + size <= bits && table.filled < out.length; step++) {
    if (step % STEPS_AT_ONCE === 0) yield;
    const code = read(packed, bit, size);
    bit += size;
    if (code === END) break;
    if (code === CLEAR) {
      table.next = FIRST;
      size = 9;
      last = -1;
      continue;
    }
    // no encoder writes these
    if (last < 0 ? code > 255 : code > table.next) break;
    table.write(code, last);
    if (table.next >= (1 << size) - growth && size < 12) size++;
    last = code;
  }
  return Math.min(table.filled, out.length);
}

/** The strings of the codes, each a shorter one and a byte more, and what was written of them. */
class StringTable {
  readonly #out: Uint8Array;
  readonly #prefix = new Uint16Array(TABLE);
  readonly #suffix = new Uint8Array(TABLE);
  readonly #length = new Uint16Array(TABLE).fill(1, 0, CLEAR);
  filled = 0;
  next = FIRST;

  constructor(out: Uint8Array) {
    this.#out = out;
  }

  /** Writes the string of `code`, from its end; where the table has room, the one of `last` and its first byte is new. */
  write(code: number, last: number): void {
    const isNew = code === this.next; // the string of `last` and its own first byte
    const end = this.filled + (isNew ? this.#length[last] + 1 : this.#length[code]);
    let at = isNew ? end - 2 : end - 1;
    let rest = isNew ? last : code;
    for (; rest >= FIRST; rest = this.#prefix[rest]) this.#out[at--] = this.#suffix[rest];
    this.#out[at] = rest;
    if (isNew) this.#out[end - 1] = rest;
    this.filled = end;
    if (last < 0 || this.next >= TABLE) return;
    this.#prefix[this.next] = last;
    this.#suffix[this.next] = rest;
    this.#length[this.next++] = this.#length[last] + 1;
  }
}

function highFirst(bytes: Uint8Array, bit: number, size: number): number {
  const at = bit >> 3;
  const three = (bytes[at] << 16) | (bytes[at + 1] << 8) | (bytes[at + 2] ?? 0);
  return (three >> (24 - (bit & 7) - size)) & ((1 << size) - 1);
}

function lowFirst(bytes: Uint8Array, bit: number, size: number): number {
  const at = bit >> 3;
  const three = bytes[at] | (bytes[at + 1] << 8) | ((bytes[at + 2] ?? 0) << 16);
  return (three >> (bit & 7)) & ((1 << size) - 1);
}
