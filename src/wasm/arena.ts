import { BeitError } from '../errors.ts';

const PAGE = 65536;
/** What a 32-bit linear memory can hold: 65,536 pages of 64 KiB. */
export const MAX_BYTES = 65536 * PAGE;

/**
 * The addresses of one linear memory, handed out in order and never given back one by one. Reserving is arithmetic;
 * `commit` grows the memory once to what is reserved. Growing detaches the old buffer, and writes through a stale view
 * are dropped silently, so views are made anew for every use.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly base: number;
  #top: number;

  constructor(memory: WebAssembly.Memory, base: number) {
    this.memory = memory;
    this.base = align(base);
    this.#top = this.base;
  }

  /** The address of `bytes` new bytes, on a multiple of 64. */
  reserve(bytes: number): number {
    const at = this.#top;
    this.#top = align(at + bytes);
    return at;
  }

  get top(): number {
    return this.#top;
  }

  /** Drops everything reserved at or after `top`. */
  reset(top: number): void {
    this.#top = top;
  }

  /** @throws `OutOfMemory` naming needed and available bytes. */
  commit(): void {
    const have = this.memory.buffer.byteLength;
    if (this.#top <= have) return;
    try {
      if (this.#top > MAX_BYTES) throw new RangeError('beyond 4 GiB');
      this.memory.grow(Math.ceil((this.#top - have) / PAGE));
    } catch (cause) {
      const limit = this.#top > MAX_BYTES ? MAX_BYTES : have;
      const message = `Cannot grow the memory of the engine: ${this.#top} bytes needed, ${limit} bytes available`;
      throw new BeitError('OutOfMemory', message, { cause });
    }
  }

  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }

  u8(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }
}

function align(at: number): number {
  return Math.ceil(at / 64) * 64;
}
