import { type QuantizedDtype, quantizedRowBytes } from '../dtype.ts';
import { wordsOf } from './kernels/integers.ts';

/** Bytes of a vector of the buffers, and of the codes of a block of q4. */
const VECTOR = 16;

/**
 * How the rows of n × k integers are stored on the GPU. q8: bytes, each row filled up with zeros to whole vectors. q4: the codes of all
 * rows, a vector a block of 32 values; then the block scales, a byte each, every row filled up to whole words.
 */
export class IntegerRows {
  readonly bytes: number;
  readonly #dtype: QuantizedDtype;
  /** Bytes of a row of values or codes, and of its block scales. */
  readonly #row: number;
  readonly #scales: number;
  /** Where the block scales begin. */
  readonly #scalesAt: number;
  readonly #saved: number;

  constructor(dtype: QuantizedDtype, n: number, k: number) {
    const blocks = dtype === 'q4' ? Math.ceil(k / 32) : 0;
    this.#dtype = dtype;
    this.#row = dtype === 'q8' ? 4 * wordsOf(dtype, k) : VECTOR * blocks;
    this.#scales = 4 * Math.ceil(blocks / 4);
    this.#scalesAt = n * this.#row;
    this.#saved = quantizedRowBytes(dtype, k);
    this.bytes = this.#scalesAt + Math.ceil((n * this.#scales) / VECTOR) * VECTOR;
  }

  /** Where rows from `begin` on go, and what: `saved` are their bytes in a file. */
  stored(begin: number, saved: Uint8Array): readonly (readonly [at: number, part: Uint8Array])[] {
    const rows = saved.length / this.#saved;
    const values = new Uint8Array(rows * this.#row);
    const scales = new Uint8Array(rows * this.#scales);
    this.#move(saved, values, scales, (file, gpu) => gpu.set(file));
    const stored = [values, scales].filter((part) => part.length > 0);
    return this.places(begin, begin + rows).map(([at], i) => [at, stored[i]]);
  }

  /** Where rows [begin, end) are. */
  places(begin: number, end: number): readonly (readonly [at: number, size: number])[] {
    const count = end - begin;
    const values = [begin * this.#row, count * this.#row] as const;
    if (this.#dtype === 'q8') return [values];
    return [values, [this.#scalesAt + begin * this.#scales, count * this.#scales]];
  }

  /** The bytes of rows as a file has them, from what is at their places. */
  saved([values, scales = new Uint8Array()]: readonly Uint8Array[]): Uint8Array {
    const saved = new Uint8Array((values.length / this.#row) * this.#saved);
    this.#move(saved, values, scales, (file, gpu) => file.set(gpu));
    return saved;
  }

  /** Calls `copy` with every piece of `saved` and its place in the rows as they are stored. */
  #move(
    saved: Uint8Array,
    values: Uint8Array,
    scales: Uint8Array,
    copy: (file: Uint8Array, gpu: Uint8Array) => void,
  ): void {
    for (let row = 0; row < saved.length / this.#saved; row++) {
      const at = row * this.#saved;
      if (this.#dtype === 'q8') {
        copy(saved.subarray(at, at + this.#saved), values.subarray(row * this.#row, row * this.#row + this.#saved));
        continue;
      }
      for (let b = 0; b < this.#row / VECTOR; b++) {
        const [from, codes, scale] = [at + b * (VECTOR + 1), row * this.#row + b * VECTOR, row * this.#scales + b];
        copy(saved.subarray(from, from + VECTOR), values.subarray(codes, codes + VECTOR));
        copy(saved.subarray(from + VECTOR, from + VECTOR + 1), scales.subarray(scale, scale + 1));
      }
    }
  }
}
