import type { Backend, Kinds } from '../../../../backend.ts';
import type { GradOps } from '../../../gradOps.ts';
import { TrainedBatchNorm } from './batchNorm.ts';
import { borderedAt, forImages, gradientAt, type MapBatch, type MapPart, mapAt, valueAt } from './mapBatch.ts';
import type { BatchNormParams, Statistics } from './mapContext.ts';
import type { MapLayer } from './mapLayer.ts';

/** out = relu(batchNorm(convolution(x))): 3×3 over bordered maps, 1×1 over others. */
export class ConvNormRelu<K extends Kinds> implements MapLayer<K> {
  readonly #out: MapPart<K>;
  readonly #x: MapBatch<K>;
  readonly #w: K['linear'];
  readonly #norm: TrainedBatchNorm<K>;
  readonly #raw: K['tensor']; // [B·h·w, n] what the convolution gives
  #normed!: K['tensor']; // [B·h·w, n]
  #d!: K['tensor']; // [B·h·w, n]
  #bordered: K['tensor'] | null = null; // [B·(h + 2)·(w + 2), n]

  constructor(backend: Backend<K>, out: MapPart<K>, x: MapBatch<K>, w: K['linear'], norm: BatchNormParams<K>) {
    this.#out = out;
    this.#x = x;
    this.#w = w;
    this.#norm = new TrainedBatchNorm(backend, norm);
    this.#raw = backend.alloc(this.#pixels, this.#channels);
  }

  get #pixels(): number {
    return this.#x.images * this.#x.height * this.#x.width;
  }

  get #channels(): number {
    return this.#out.end - this.#out.begin;
  }

  reserve(backend: Backend<K>): void {
    const { images, height, width, bordered } = this.#x;
    this.#normed = backend.alloc(this.#pixels, this.#channels);
    this.#d = backend.alloc(this.#pixels, this.#channels);
    if (bordered) this.#bordered = backend.alloc(images * (height + 2) * (width + 2), this.#channels);
  }

  forward(ops: GradOps<K>, statistics: Statistics): void {
    const x = this.#x;
    if (x.bordered) {
      forImages(x, (image) => ops.clearBorder(borderedAt(ops, x.value, x, image)));
      ops.conv3x3(this.#raw, x.value, this.#w, x);
    } else ops.linear(this.#raw, x.value, this.#w);
    this.#norm.forward(ops, this.#normed, this.#raw, this.#pixels, statistics);
    forImages(x, (image) => ops.copyMap(valueAt(ops, this.#out, image), mapAt(ops, this.#normed, x, image), 'relu'));
  }

  backward(ops: GradOps<K>, statistics: Statistics): void {
    const x = this.#x;
    this.#norm.again(ops, this.#normed, this.#raw);
    forImages(x, (image) => ops.copyMap(mapAt(ops, this.#d, x, image), gradientAt(ops, this.#out, image)));
    ops.activationBackward(this.#d, this.#d, this.#normed, 'relu');
    this.#norm.backward(ops, this.#d, this.#raw, statistics);
    if (this.#bordered) this.#backward3x3(ops, this.#bordered);
    else ops.linearBackward(x.gradient, this.#d, x.value, this.#w, 'add');
  }

  #backward3x3(ops: GradOps<K>, dy: K['tensor']): void {
    const x = this.#x;
    forImages(x, (image) => {
      const map = borderedAt(ops, dy, x, image);
      ops.clearBorder(map);
      ops.copyMap(map, mapAt(ops, this.#d, x, image));
    });
    ops.conv3x3Backward(x.gradient, dy, x.value, this.#w, x);
  }
}
