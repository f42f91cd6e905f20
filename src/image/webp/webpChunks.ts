import { BeitError, check } from '../../errors.ts';
import { latin1 } from '../exif.ts';

/** A chunk of the RIFF container: four characters, a size, a payload. */
export interface WebpChunk {
  readonly id: string;
  readonly at: number; // where its payload begins
  readonly size: number; // of its payload, without padding
}

/** Payloads of an odd size are followed by a byte more. */
export function paddedSize({ size }: Pick<WebpChunk, 'size'>): number {
  return size + (size & 1);
}

/** Bytes before a chunk's payload. */
const CHUNK_HEADER = 8;

/** Why a file is not read. */
export function invalidWebp(what: string, at: number): BeitError {
  return new BeitError('InvalidImage', `Cannot decode WebP: ${what}, at byte ${at}`);
}

/** Throws `InvalidImage`, with the place, unless `condition` holds. */
export function checkWebp(condition: unknown, what: string, at: number): asserts condition {
  if (!condition) throw invalidWebp(what, at);
}

/** Reads chunks one after the other; whatever is behind the RIFF container is ignored. */
export class WebpChunks {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #at = 12;

  /** @throws `InvalidImage` unless the whole container is there */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    checkWebp(bytes.length >= 20, `expected 20 bytes or more, got ${bytes.length}`, bytes.length);
    this.#end = 8 + this.u32(4);
    checkWebp(this.#end >= 20, `expected a container of 12 bytes or more, got ${this.#end - 8}`, 4);
    check(this.#end <= bytes.length, 'InvalidImage', () => {
      return `Cannot decode WebP: the file is truncated: expected ${this.#end} bytes, got ${bytes.length}`;
    });
  }

  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at === this.#end;
  }

  /** The next chunk, which is not moved over. */
  peek(): WebpChunk {
    const at = this.#at;
    checkWebp(this.#end - at >= CHUNK_HEADER, `expected a chunk, got ${this.#end - at} bytes`, at);
    const id = latin1(this.bytes.subarray(at, at + 4));
    const size = this.u32(at + 4);
    const left = this.#end - at - CHUNK_HEADER;
    checkWebp(paddedSize({ size }) <= left, `a chunk of ${size} bytes and padding, with ${left} bytes left`, at);
    return { id, at: at + CHUNK_HEADER, size };
  }

  /** Moves behind a chunk and its padding. */
  skip({ at, size }: WebpChunk): void {
    this.#at = at + paddedSize({ size });
  }

  /** Moves into a chunk, behind its first `bytes` bytes. */
  enter({ at }: WebpChunk, bytes: number): void {
    this.#at = at + bytes;
  }

  payload({ at, size }: WebpChunk): Uint8Array {
    return this.bytes.subarray(at, at + size);
  }

  byte(at: number): number {
    return this.bytes[at];
  }

  u24(at: number): number {
    return this.bytes[at] | (this.bytes[at + 1] << 8) | (this.bytes[at + 2] << 16);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true);
  }
}
