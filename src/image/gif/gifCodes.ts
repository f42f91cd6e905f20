import { BeitError, check } from '../../errors.ts';
import { NOTHING_YET, type Stripe } from '../pictureCore.ts';
import type { GifFile } from './gifFile.ts';

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

/** Codes read in one go: some milliseconds. */
const CODES_AT_ONCE = 1 << 16;

/** The indices of a picture; what follows them is ignored. With `fill`, those that are missing are the background. */
export function* gifIndices(file: GifFile, fill: boolean): Generator<Stripe, Uint8Array> {
  const { bytes, dataAt, literalBits, pictureWidth, pictureHeight, background } = file;
  const count = pictureWidth * pictureHeight;
  if (!fill) checkLength(bytes.length - dataAt, literalBits, count);
  const codes = new Codes(bytes, dataAt, literalBits, count);
  try {
    while (codes.table.filled < count) {
      codes.read(CODES_AT_ONCE);
      yield NOTHING_YET;
    }
  } catch (error) {
    if (!fill || !(error instanceof BeitError)) throw error;
    codes.table.out.fill(background, codes.table.filled);
  }
  return codes.table.out;
}

/** Turns codes into indices. */
class Codes {
  readonly table: StringTable;
  readonly #reader: CodeReader;
  readonly #clear: number;
  readonly #firstSize: number;
  #size: number;
  #last = -1; // the code before, or −1 behind a clear code

  constructor(bytes: Uint8Array, start: number, literalBits: number, count: number) {
    this.#reader = new CodeReader(bytes, start);
    this.#clear = 1 << literalBits;
    this.#firstSize = this.#size = literalBits + 1;
    this.table = new StringTable(this.#clear, new Uint8Array(count));
  }

  /** Reads up to `most` codes, and none once all indices are there. */
  read(most: number): void {
    const { table } = this;
    for (let i = 0; i < most && table.filled < table.out.length; i++) {
      const code = this.#reader.next(this.#size);
      if (code === this.#clear) {
        table.clear();
        this.#size = this.#firstSize;
        this.#last = -1;
      } else if (code === this.#clear + 1) {
        this.#reader.passEnd();
      } else this.#write(code);
    }
  }

  #write(code: number): void {
    const { table } = this;
    check(code < (this.#last < 0 ? this.#clear : table.next + 1), 'InvalidImage', () => {
      return `Cannot decode GIF: code ${code} appears before it is defined`;
    });
    const isLast = table.next === (1 << this.#size) - 1; // of the strings that have codes of this size
    if (table.write(code, this.#last) && isLast && this.#size < 12) this.#size++;
    this.#last = code;
  }
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
