import { Tensor } from '../tensor.ts';

export type Collected = Readonly<Record<string, Tensor>>;

/** Puts the results of several chunks of a batch together, chunk after chunk along the first dimension. */
export class BatchedOutputs {
  readonly #images: number;
  readonly #parts = new Map<string, { data: Float32Array; dims: number[]; filled: number }>();

  constructor(images: number) {
    this.#images = images;
  }

  /** `data` is kept, not copied, when it is the whole result. */
  add(name: string, data: Float32Array, dims: readonly number[]): void {
    const part = this.#parts.get(name);
    if (part) {
      part.data.set(data, part.filled);
      part.filled += data.length;
      return;
    }
    const whole = dims[0] === this.#images ? data : new Float32Array((data.length / dims[0]) * this.#images);
    if (whole !== data) whole.set(data);
    this.#parts.set(name, { data: whole, dims: [this.#images, ...dims.slice(1)], filled: data.length });
  }

  done(): Collected {
    const tensors = [...this.#parts].map(([name, { data, dims }]) => [name, new Tensor('float32', data, dims)]);
    return Object.fromEntries(tensors);
  }
}
