import type { HeadOutputs } from '../model/beit/architecture.ts';
import { Tensor } from '../tensor.ts';

/** What a pass gives: the outputs of its class, and the intermediates that were asked for. */
export interface PassOutputs extends HeadOutputs<Tensor> {
  readonly hiddenStates: readonly Tensor[]; // depth + 1 of them, or none
  readonly attentions: readonly Tensor[]; // depth of them, or none
}

interface Part {
  readonly data: Float32Array;
  readonly dims: readonly number[];
  filled: number;
}

/** Joins the outputs of a batch that runs in several chunks, chunk after chunk along the first dimension. */
export class BatchedOutputs {
  readonly #images: number;
  /** By name; an output that is a list has one part a layer or stage. */
  readonly #parts = new Map<keyof PassOutputs, Part[]>();

  constructor(images: number) {
    this.#images = images;
  }

  /** Appends a chunk to tensor `index` of an output. `data` is kept, not copied, when it is the whole batch. */
  add(name: keyof PassOutputs, index: number, data: Float32Array, dims: readonly number[]): void {
    const parts = this.#parts.get(name) ?? [];
    this.#parts.set(name, parts);
    const part = parts[index];
    if (part) {
      part.data.set(data, part.filled);
      part.filled += data.length;
      return;
    }
    const whole = dims[0] === this.#images ? data : new Float32Array((data.length / dims[0]) * this.#images);
    if (whole !== data) whole.set(data);
    parts[index] = { data: whole, dims: [this.#images, ...dims.slice(1)], filled: data.length };
  }

  done(): PassOutputs {
    const outputs = [...this.#parts.keys()].map((name) => [name, this.#list(name)[0]]);
    return {
      ...Object.fromEntries(outputs),
      featureMaps: this.#list('featureMaps'),
      binLogits: this.#list('binLogits'),
      hiddenStates: this.#list('hiddenStates'),
      attentions: this.#list('attentions'),
    };
  }

  #list(name: keyof PassOutputs): Tensor[] {
    return (this.#parts.get(name) ?? []).map(({ data, dims }) => new Tensor('float32', data, dims));
  }
}
