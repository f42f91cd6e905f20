import type { Backend, Kinds } from '../../../../backend.ts';
import type { GradOps } from '../../../gradOps.ts';
import type { BatchNormParams, Statistics } from './mapContext.ts';

/** A batch norm over the pixels of all images, with what its way back needs. */
export class TrainedBatchNorm<K extends Kinds> {
  readonly #params: BatchNormParams<K>;
  readonly #statistics: K['tensor']; // [5, channels]: mean, 1/√(variance + eps), variance, and the rests of the first two
  readonly #means: K['tensor']; // [4, channels]

  constructor(backend: Backend<K>, params: BatchNormParams<K>) {
    this.#params = params;
    this.#statistics = backend.alloc(5, params.channels);
    this.#means = backend.alloc(4, params.channels);
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
    const variance = read.slice(2 * channels, 3 * channels).map((v) => (v * rows) / (rows - 1));
    pending.push({ mean: read.slice(0, channels), variance });
  }

  #takeRunning(ops: GradOps<K>): void {
    const { channels, mean, variance, eps } = this.#params;
    const all = new Float32Array(5 * channels);
    for (const [c, v] of variance.entries()) {
      const r = 1 / Math.sqrt(v + eps);
      const at = (row: number) => row * channels + c;
      all[at(0)] = mean[c];
      all[at(1)] = r;
      all[at(2)] = v;
      all[at(4)] = r - all[at(1)];
    }
    ops.write(this.#statistics, all);
  }
}
