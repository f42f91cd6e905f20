import { BeitError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byteSource.ts';

const WINDOW = 1 << 16;
const MAX_MSGPACK_STRING = 4096;

/** The first byte of a value decides what follows it. */
export type MsgpackHead =
  | { readonly type: 'map' | 'array' | 'str' | 'bin' | 'other'; readonly size: number }
  | { readonly type: 'ext'; readonly size: number; readonly ext: number }
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean };

/**
 * Walks through MessagePack and skips what is large, so that the directory of a file of gigabytes costs a few windows.
 *
 * @throws `InvalidCheckpoint` at the end of the file and for what its callers did not expect.
 */
export class MsgpackCursor {
  at = 0;
  #window = new Uint8Array(0);
  #windowAt = 0;
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async head(): Promise<MsgpackHead> {
    const byte = (await this.#take(1)).getUint8(0);
    if (byte < 0x80) return { type: 'int', value: byte };
    if (byte < 0x90) return { type: 'map', size: byte & 15 };
    if (byte < 0xa0) return { type: 'array', size: byte & 15 };
    if (byte < 0xc0) return { type: 'str', size: byte & 31 };
    if (byte >= 0xe0) return { type: 'int', value: byte - 256 };
    return this.#longHead(byte);
  }

  async text(size: number): Promise<string> {
    if (size > MAX_MSGPACK_STRING) this.fail(`a string of ${size} bytes`);
    const view = await this.#take(size);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(view);
    } catch {
      return this.fail('a string that is not UTF-8');
    }
  }

  /** Passes over `size` bytes and says where they are. */
  skip(size: number): { readonly begin: number; readonly end: number } {
    const begin = this.at;
    if (size > this.#source.size - begin) this.fail(`${size} bytes that reach beyond its end`);
    this.at += size;
    return { begin, end: this.at };
  }

  fail(reason: string): never {
    throw new BeitError('InvalidCheckpoint', `Cannot read "${this.#source.name}": at byte ${this.at}: ${reason}`);
  }

  async #longHead(byte: number): Promise<MsgpackHead> {
    const fixext = [1, 2, 4, 8, 16][byte - 0xd4];
    if (fixext) return { type: 'ext', size: fixext, ext: await this.#i8() };
    if (byte >= 0xc7 && byte <= 0xc9)
      return { type: 'ext', size: await this.#uint(byte - 0xc7), ext: await this.#i8() };
    if (byte >= 0xc4 && byte <= 0xc6) return { type: 'bin', size: await this.#uint(byte - 0xc4) };
    if (byte >= 0xd9 && byte <= 0xdb) return { type: 'str', size: await this.#uint(byte - 0xd9) };
    if (byte === 0xdc || byte === 0xdd) return { type: 'array', size: await this.#uint(byte - 0xdb) };
    if (byte === 0xde || byte === 0xdf) return { type: 'map', size: await this.#uint(byte - 0xdd) };
    if (byte === 0xc2 || byte === 0xc3) return { type: 'bool', value: byte === 0xc3 };
    if (byte >= 0xcc && byte <= 0xce) return { type: 'int', value: await this.#uint(byte - 0xcc) };
    if (byte === 0xcf) return { type: 'int', value: await this.#u64() };
    return this.fail(`a value of kind 0x${byte.toString(16)}`);
  }

  /** Of 1, 2 or 4 bytes, big-endian. */
  async #uint(log2: number): Promise<number> {
    const view = await this.#take(1 << log2);
    return log2 === 0 ? view.getUint8(0) : log2 === 1 ? view.getUint16(0) : view.getUint32(0);
  }

  async #u64(): Promise<number> {
    const value = Number((await this.#take(8)).getBigUint64(0));
    return Number.isSafeInteger(value) ? value : this.fail('an integer beyond 2⁵³');
  }

  async #i8(): Promise<number> {
    return (await this.#take(1)).getInt8(0);
  }

  async #take(size: number): Promise<DataView> {
    if (size > this.#source.size - this.at) this.fail('it ends within a value');
    const inside = this.at >= this.#windowAt && this.at + size <= this.#windowAt + this.#window.length;
    if (!inside) {
      const end = Math.min(this.#source.size, this.at + Math.max(size, WINDOW));
      this.#window = new Uint8Array(await this.#source.read(this.at, end));
      this.#windowAt = this.at;
    }
    const view = new DataView(this.#window.buffer, this.#window.byteOffset + this.at - this.#windowAt, size);
    this.at += size;
    return view;
  }
}
