import { BeitError, check } from '../../errors.ts';

/** Codes have at most 12 bits. */
const TABLE = 1 << 12;
/** Pillow hands the file to its decoder in pieces of so many bytes. */
const PIECE = 1 << 16;

/** Gives the codes of a GIF: numbers of a growing number of bits, the lowest bits first, out of blocks of up to 255 bytes. */
class CodeReader {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  #at: number;
  #blockEnd: number;
  #bits = 0;
  #bitCount = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.#blockEnd = start;
  }

  next(size: number): number {
    while (this.#bitCount < size) {
      if (this.#at === this.#blockEnd) this.#openBlock();
      else {
        this.#bits |= this.#bytes[this.#at++] << this.#bitCount;
        this.#bitCount += 8;
      }
    }
    const code = this.#bits & ((1 << size) - 1);
    this.#bits >>>= size;
    this.#bitCount -= size;
    return code;
  }

  /** A block of length 0 ends the picture by the standard; Pillow reads on, and so a missing end is found here. */
  #openBlock(): void {
    const end = this.#at + 1 + (this.#bytes[this.#at] ?? 0);
    if (end > this.#bytes.length || this.#at >= this.#bytes.length) truncated(this.#bytes.length);
    this.#at++;
    this.#blockEnd = end;
  }

  /** Pillow reads on behind an end code that comes too early, if the file has another piece. */
  passEnd(): void {
    const pieces = Math.ceil((this.#blockEnd - this.#start) / PIECE);
    if (this.#start + pieces * PIECE >= this.#bytes.length) truncated(this.#bytes.length);
  }
}

function truncated(length: number): never {
  throw new BeitError('InvalidImage', `Cannot decode GIF: its picture is not complete after ${length} bytes`);
}

/** The first `count` indices of the LZW codes at `start`; what follows them is ignored. */
export function gifIndices(bytes: Uint8Array, start: number, literalBits: number, count: number): Uint8Array {
  checkLength(bytes.length - start, literalBits, count);
  const reader = new CodeReader(bytes, start);
  const clear = 1 << literalBits;
  const table = new StringTable(clear, new Uint8Array(count));
  let size = literalBits + 1;
  let last = -1; // the code before, or −1 behind a clear code
  while (table.filled < count) {
    const code = reader.next(size);
    if (code === clear) {
      table.clear();
      size = literalBits + 1;
      last = -1;
    } else if (code === clear + 1) {
      reader.passEnd();
    } else {
      check(code < (last < 0 ? clear : table.next + 1), 'InvalidImage', () => {
        return `Cannot decode GIF: code ${code} appears before it is defined`;
      });
      const isLast = table.next === (1 << size) - 1; // of the strings that have codes of this size
      if (table.write(code, last) && isLast && size < 12) size++;
      last = code;
    }
  }
  return table.out;
}

/** A string has at most one index more than the longest before it, and at most as many as the table has places. */
function checkLength(length: number, literalBits: number, count: number): void {
  const codes = Math.floor((length * 8) / (literalBits + 1));
  check(count <= codes * Math.min(codes, TABLE), 'InvalidImage', () => {
    return `Cannot decode GIF: ${count} pixels cannot come from ${length} bytes`;
  });
}

/** The strings of the codes, each a shorter one and an index more, and what was written of them. */
class StringTable {
  readonly out: Uint8Array;
  filled = 0;
  next: number;
  readonly #clear: number;
  readonly #prefix = new Uint16Array(TABLE);
  readonly #suffix = new Uint8Array(TABLE);
  readonly #length = new Uint16Array(TABLE);

  constructor(clear: number, out: Uint8Array) {
    this.out = out;
    this.#clear = clear;
    this.next = clear + 2;
  }

  clear(): void {
    this.next = this.#clear + 2;
  }

  /**
   * Writes the string of `code`, from its end. Where the table has room, the string of `last` and the first index of this
   * one becomes a new one, and the answer is true.
   */
  write(code: number, last: number): boolean {
    const isNew = code === this.next; // the string of `last` and its own first index
    const length = (isNew ? 1 : 0) + this.#lengthOf(isNew ? last : code);
    const end = this.filled + length;
    let at = end - 1;
    let rest = code;
    if (isNew) {
      at--;
      rest = last;
    }
    for (; rest >= this.#clear; rest = this.#prefix[rest]) this.out[at--] = this.#suffix[rest];
    this.out[at] = rest;
    if (isNew) this.out[end - 1] = rest;
    this.filled = end;
    if (last < 0 || this.next >= TABLE) return false;
    this.#prefix[this.next] = last;
    this.#suffix[this.next] = rest;
    this.#length[this.next++] = this.#lengthOf(last) + 1;
    return true;
  }

  #lengthOf(code: number): number {
    return code < this.#clear ? 1 : this.#length[code];
  }
}
