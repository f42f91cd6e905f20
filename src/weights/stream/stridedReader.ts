import { sizeOf } from '../../math.ts';
import { bytesOf } from '../dtype.ts';
import type { StoredTensor } from '../storedTensor.ts';
import { CHUNK_ELEMENTS, type ChunkWriter } from './chunkWriter.ts';

type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/**
 * A tensor whose elements are not in row-major order: the stretch of its storage that it looks at is kept until it
 * is complete, then read along the strides.
 */
export class StridedReader {
  readonly begin: number;
  readonly end: number;
  #filled = 0;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #tensor: StoredTensor;
  readonly #strides: readonly number[];
  readonly #writer: ChunkWriter;

  constructor(tensor: StoredTensor, strides: readonly number[], writer: ChunkWriter) {
    const size = bytesOf(tensor.dtype);
    const reach = tensor.shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis], 1);
    this.begin = tensor.offset * size;
    this.end = this.begin + reach * size;
    this.#bytes = new Uint8Array(reach * size);
    this.#tensor = tensor;
    this.#strides = strides;
    this.#writer = writer;
  }

  feed(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  finish(): void {
    const size = bytesOf(this.#tensor.dtype);
    const total = sizeOf(this.#tensor.shape);
    const from = wordsOf(this.#bytes, size);
    const to = wordsOf(new Uint8Array(Math.min(total, CHUNK_ELEMENTS) * size), size);
    const position = new Array<number>(this.#strides.length).fill(0);
    for (let done = 0, at = 0; done < total; done += to.length) {
      const count = Math.min(to.length, total - done);
      at = gather(from, to, count, at, position, this.#tensor.shape, this.#strides);
      this.#writer.feed(new Uint8Array(to.buffer, 0, count * size));
    }
    this.#writer.finish();
  }
}

/** Copies `count` elements from `at`, whose index is `position`, in row-major order; both are advanced. */
function gather(
  from: Words,
  to: Words,
  count: number,
  at: number,
  position: number[],
  shape: readonly number[],
  strides: readonly number[],
): number {
  const last = shape.length - 1;
  const step = strides[last];
  for (let done = 0; done < count; ) {
    const run = Math.min(count - done, shape[last] - position[last]);
    for (let i = 0; i < run; i++, at += step) to[done++] = from[at];
    position[last] += run;
    for (let axis = last; axis >= 0 && position[axis] === shape[axis]; axis--) {
      at -= shape[axis] * strides[axis];
      position[axis] = 0;
      if (axis === 0) break;
      position[axis - 1]++;
      at += strides[axis - 1];
    }
  }
  return at;
}

function wordsOf(bytes: Uint8Array<ArrayBuffer>, size: number): Words {
  if (size === 1) return bytes;
  if (size === 2) return new Uint16Array(bytes.buffer);
  return size === 4 ? new Uint32Array(bytes.buffer) : new BigUint64Array(bytes.buffer);
}
