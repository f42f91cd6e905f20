import { BeitError } from '../../errors.ts';
import { PICKLE_LIMITS } from './pickleLimits.ts';

const NEWLINE = 0x0a;

/** The opcodes of a pickle and what follows them, one after another. @throws `UnsafePickle` beyond the end. */
export class PickleBytes {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;

  constructor(bytes: Uint8Array, begin: number, file: string) {
    this.#bytes = bytes.subarray(0, begin + PICKLE_LIMITS.bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, this.#bytes.length);
    this.at = begin;
    this.#file = file;
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** Two's complement, little-endian; the longest that occurs is the 10 bytes of torch's magic number. */
  long(length: number): number | bigint {
    if (length > 16) this.fail(`an integer of ${length} bytes`);
    const begin = this.#skip(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[begin + i]);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  text(length: number): string {
    if (length > PICKLE_LIMITS.string) this.fail(`a string of ${length} bytes`);
    const begin = this.#skip(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#bytes.subarray(begin, this.at));
    } catch {
      return this.fail('a string that is not UTF-8');
    }
  }

  /** Text up to a line end, which is skipped. */
  line(): string {
    const end = this.#bytes.subarray(this.at, this.at + PICKLE_LIMITS.line).indexOf(NEWLINE);
    if (end < 0) this.fail('a name without an end');
    const line = this.text(end);
    this.at++;
    return line;
  }

  fail(reason: string): never {
    throw new BeitError('UnsafePickle', `Cannot read "${this.#file}": unsafe pickle at byte ${this.at}: ${reason}`);
  }

  #skip(length: number): number {
    const begin = this.at;
    if (begin + length > this.#bytes.length)
      this.fail(`it ends within an operation, or is over ${PICKLE_LIMITS.bytes} bytes`);
    this.at += length;
    return begin;
  }
}
