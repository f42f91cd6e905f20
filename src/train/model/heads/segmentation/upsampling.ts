import type { Backend, Kinds } from '../../../../backend.ts';
import { phase } from '../../../../model/beit/heads/segmentation/featureMaps.ts';
import type { GradOps } from '../../../gradOps.ts';
import { TrainedBatchNorm } from './batchNorm.ts';
import { forImages, gradientAt, type MapBatch, mapAt, valueAt, whole } from './mapBatch.ts';
import type { BatchNormParams, Statistics } from './mapContext.ts';
import type { MapLayer } from './mapLayer.ts';

/** A transposed convolution of kernel and stride 2: a layer with the outputs of four phases, which make 2×2 pixels each. */
export class Upsampling<K extends Kinds> implements MapLayer<K> {
  readonly #out: MapBatch<K>;
  readonly #x: MapBatch<K>;
  readonly #w: K['linear']; // [4·channels, channels of x]
  #phases!: K['tensor']; // [B·h·w, 4·channels]

  constructor(out: MapBatch<K>, x: MapBatch<K>, w: K['linear']) {
    this.#out = out;
    this.#x = x;
    this.#w = w;
  }

  reserve(backend: Backend<K>): void {
    const { images, height, width } = this.#x;
    this.#phases = backend.alloc(images * height * width, 4 * this.#out.channels);
  }

  forward(ops: GradOps<K>): void {
    ops.linear(this.#phases, this.#x.value, this.#w);
    this.#forPhases(ops, (part, image, a, b) => ops.copyMap(phase(valueAt(ops, whole(this.#out), image), a, b), part));
  }

  backward(ops: GradOps<K>): void {
    this.#forPhases(ops, (part, image, a, b) => {
      ops.copyMap(part, phase(gradientAt(ops, whole(this.#out), image), a, b));
    });
    ops.linearBackward(this.#x.gradient, this.#phases, this.#x.value, this.#w, 'add');
  }

  #forPhases(ops: GradOps<K>, call: (part: ReturnType<typeof mapAt<K>>, image: number, a: number, b: number) => void) {
    const { channels } = this.#out;
    forImages(this.#x, (image) => {
      for (let i = 0; i < 4; i++) {
        const columns = ops.cols(this.#phases, i * channels, (i + 1) * channels);
        call(mapAt(ops, columns, this.#x, image), image, i >> 1, i & 1);
      }
    });
  }
}

/** out = gelu(batchNorm(x)), between the two transposed convolutions of the finest level. */
export class NormGelu<K extends Kinds> implements MapLayer<K> {
  readonly #out: MapBatch<K>;
  readonly #x: MapBatch<K>;
  readonly #norm: TrainedBatchNorm<K>;
  #normed!: K['tensor']; // [B·h·w, channels]
  #d!: K['tensor']; // [B·h·w, channels]

  constructor(backend: Backend<K>, out: MapBatch<K>, x: MapBatch<K>, norm: BatchNormParams<K>) {
    this.#out = out;
    this.#x = x;
    this.#norm = new TrainedBatchNorm(backend, norm);
  }

  get #pixels(): number {
    return this.#x.images * this.#x.height * this.#x.width;
  }

  reserve(backend: Backend<K>): void {
    this.#normed = backend.alloc(this.#pixels, this.#x.channels);
    this.#d = backend.alloc(this.#pixels, this.#x.channels);
  }

  forward(ops: GradOps<K>, statistics: Statistics): void {
    this.#norm.forward(ops, this.#normed, this.#x.value, this.#pixels, statistics);
    ops.activate(this.#out.value, this.#normed, 'gelu');
  }

  backward(ops: GradOps<K>, statistics: Statistics): void {
    this.#norm.again(ops, this.#normed, this.#x.value);
    ops.activationBackward(this.#d, this.#out.gradient, this.#normed, 'gelu');
    this.#norm.backward(ops, this.#d, this.#x.value, statistics);
    ops.add(this.#x.gradient, this.#d);
  }
}
