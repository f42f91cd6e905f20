import type { Backend, Kinds } from '../../../../backend.ts';
import type { GradOps } from '../../../gradOps.ts';
import type { BatchNormParams, Statistics } from './mapContext.ts';

/** A batch norm over the pixels of all images, with what its way back needs. */
export class TrainedBatchNorm<K extends Kinds> {
  readonly #params: BatchNormParams<K>;
  readonly #statistics: K['tensor']; // [3, channels]: mean, 1/√(variance + eps), variance
  readonly #means: K['tensor']; // [2, channels]

  constructor(backend: Backend<K>, params: BatchNormParams<K>) {
    this.#params = params;
    this.#statistics = backend.alloc(3, params.channels);
    this.#means = backend.alloc(2, params.channels);
  }

  /** out = γ·x̂ + β for x [rows, channels]. */
  forward(ops: GradOps<K>, out: K['tensor'], x: K['tensor'], rows: number, statistics: Statistics): void {
    if (statistics === 'batch') this.#measure(ops, x, rows);
    else this.#takeRunning(ops);
    this.again(ops, out, x);
  }

  /** `forward` with the statistics that it took. */
  again(ops: GradOps<K>, out: K['tensor'], x: K['tensor']): void {
    ops.batchNorm(out, x, this.#params.norm, this.#statistics);
  }

  /** d becomes the gradient of x; it was that of out. */
  backward(ops: GradOps<K>, d: K['tensor'], x: K['tensor'], statistics: Statistics): void {
    ops.batchNormBackward(d, d, x, this.#params.norm, this.#statistics, this.#means, statistics === 'running');
  }

  #measure(ops: GradOps<K>, x: K['tensor'], rows: number): void {
    const { norm, channels, pending } = this.#params;
    ops.batchStatistics(this.#statistics, x, norm);
    const read = ops.readNow(this.#statistics);
    const variance = read.slice(2 * channels).map((v) => (v * rows) / (rows - 1));
    pending.push({ mean: read.slice(0, channels), variance });
  }

  #takeRunning(ops: GradOps<K>): void {
    const { channels, mean, variance, eps } = this.#params;
    const all = new Float32Array(3 * channels);
    all.set(mean);
    all.set(
      variance.map((v) => 1 / Math.sqrt(v + eps)),
      channels,
    );
    all.set(variance, 2 * channels);
    ops.write(this.#statistics, all);
  }
}
