import type { FeatureMap } from '../../backend.ts';
import type { WasmKinds, WasmNorm, WasmTensor } from '../../wasm/kinds.ts';
import { mapOps, placed, sizes } from '../../wasm/mapOps.ts';
import type { MapGradOps } from '../gradOps.ts';
import { type NormGradients, runs, type TrainStore } from './trainStore.ts';

type WasmMap = FeatureMap<WasmKinds>;

/** Pools, resizes and batch norms, forward and back. */
export function mapGradOps(store: TrainStore): Omit<MapGradOps<WasmKinds>, 'conv3x3' | 'conv3x3Backward'> {
  const { clearBorder, copyMap, maxPool, averagePool, resizeBilinear } = mapOps(store);
  return {
    clearBorder,
    copyMap,
    maxPool,
    averagePool,
    resizeBilinear,

    maxPoolBackward(dx: WasmMap, dy: WasmMap, x: WasmMap): void {
      const args = [...placed(dx), ...placed(dy), ...placed(x), dy.width, x.tensor.cols];
      store.train('max_pool_backward', dy.height, args);
    },

    averagePoolBackward(dx: WasmMap, dy: WasmMap): void {
      store.train('adaptive_avg_pool_backward', dx.height, [...placed(dx), ...placed(dy), ...sizes(dy, dx)]);
    },

    resizeBilinearBackward(dx: WasmMap, dy: WasmMap): void {
      store.train('resize_bilinear_backward', dx.height, [...placed(dx), ...placed(dy), ...sizes(dy, dx), 0]);
    },

    batchStatistics(statistics: WasmTensor, x: WasmTensor, { cols, eps }: WasmNorm): void {
      store.train('batch_statistics', cols, [statistics.at, cols, ...runs(x), x.rows, eps]);
    },

    batchNorm(out: WasmTensor, x: WasmTensor, { gamma, beta, cols }: WasmNorm, statistics: WasmTensor): void {
      store.train('batch_norm', out.rows, [...runs(out), ...runs(x), statistics.at, gamma, beta, cols]);
    },

    batchNormBackward(
      dx: WasmTensor,
      dy: WasmTensor,
      x: WasmTensor,
      w: WasmNorm,
      statistics: WasmTensor,
      means: WasmTensor,
      frozen: boolean,
    ): void {
      const { gamma, beta } = store.normGradientsOf(w) ?? unused(store, w.cols);
      const inputs = [...runs(dy), ...runs(x)];
      const sums = [gamma.at, beta.at, means.at, w.cols, ...inputs, x.rows, statistics.at];
      store.train('batch_norm_parameters', w.cols, sums);
      if (frozen) store.clear(means);
      const args = [...runs(dx), ...inputs, statistics.at, w.gamma, means.at, w.cols];
      store.train('batch_norm_backward', dx.rows, args);
    },
  };
}

/** A place for gradients that nothing reads. */
function unused(store: TrainStore, cols: number): NormGradients {
  const row = (at: number) => ({ at: store.work.statistics.at + 4 * at, rows: 1, cols, stride: cols });
  return { gamma: row(0), beta: row(cols) };
}
