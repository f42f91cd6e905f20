import { BeitError, check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import type { ByteSource } from '../bytes/byteSource.ts';

const MAX_NAME = 512;
/** Part of a path: no control characters, no backslash, no drive, not empty. */
const PLAIN_PART = /^[^\p{Cc}\\/:*?"<>|]+$/u;

/** The records of an archive as views. @throws `BadArchive` where one is cut off or is not what it should be. */
export class ZipBytes {
  readonly size: number;
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.size = source.size;
    this.#source = source;
  }

  require(condition: boolean, reason: string): void {
    check(condition, 'BadArchive', () => `Cannot read "${this.#source.name}": ${reason}`);
  }

  /** A plain relative path of `length` bytes. */
  name(view: DataView, at: number, length: number): string {
    this.require(length > 0 && length <= MAX_NAME && at + length <= view.byteLength, 'it has an entry with a bad name');
    const name = this.#decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
    this.require(isPlain(name), `it has an entry with the name ${quoted(name)}`);
    return name;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new BeitError('BadArchive', `Cannot read "${this.#source.name}": it has an entry whose name is not UTF-8`);
    }
  }

  u64(view: DataView, at: number): number {
    const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    this.require(Number.isSafeInteger(value), 'it declares more bytes than there are');
    return value;
  }

  async view(begin: number, length: number): Promise<DataView> {
    this.require(begin >= 0 && begin + length <= this.#source.size, 'it is cut off');
    const bytes = await this.#source.read(begin, begin + length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }
}

function isPlain(name: string): boolean {
  return name.split('/').every((part) => PLAIN_PART.test(part) && part !== '.' && part !== '..');
}
