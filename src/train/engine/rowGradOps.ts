import { ACTIVATIONS, type Activation } from '../../activations.ts';
import type { ImageShape } from '../../backend.ts';
import type { WasmKinds, WasmNorm, WasmTensor } from '../../wasm/kinds.ts';
import { rowOps } from '../../wasm/rowOps.ts';
import type { Accumulation, DropoutKey, GradOps, MapGradOps } from '../gradOps.ts';
import { runs, type TrainStore } from './trainStore.ts';

/** Ops of other files, and what the store has by itself. */
type Elsewhere =
  | keyof MapGradOps<WasmKinds>
  | 'linear'
  | 'linearBackward'
  | 'attend'
  | 'attendBackward'
  | 'rows'
  | 'cols'
  | 'write'
  | 'clear'
  | 'readNow';

/** Ops on rows that no seam of the models has. */
interface MoreRowOps {
  /** out[i] = Σ a[i] ⊙ b[i]; out is [1, rows]. */
  dotRows(out: WasmTensor, a: WasmTensor, b: WasmTensor): void;
}

/** Norms, activations, dropout and sums over rows, forward and back. */
export function rowGradOps(store: TrainStore): Omit<GradOps<WasmKinds>, Elsewhere> & MoreRowOps {
  const { copy, add, blend, patchify, layerNorm, meanRows } = rowOps(store);
  return {
    copy,
    add,
    blend,
    patchify,
    layerNorm,
    meanRows,

    activate(out: WasmTensor, x: WasmTensor, activation: Activation): void {
      store.train('activate_rows', out.rows, [...runs(out), ...runs(x), out.cols, ACTIVATIONS.indexOf(activation)]);
    },

    activationBackward(dx: WasmTensor, dy: WasmTensor, x: WasmTensor, activation: Activation): void {
      const kind = ACTIVATIONS.indexOf(activation);
      store.train('activation_backward', dx.rows, [...runs(dx), ...runs(dy), ...runs(x), dx.cols, kind]);
    },

    layerNormBackward(dx: WasmTensor, dy: WasmTensor, x: WasmTensor, w: WasmNorm, then: Accumulation = 'store'): void {
      const { at } = store.work.statistics;
      const args = [...runs(dx), ...runs(dy), ...runs(x), w.gamma, w.cols, w.eps, at, flag(then)];
      store.train('layer_norm_backward', dx.rows, args);
      const gradients = store.normGradientsOf(w);
      if (!gradients) return;
      const { gamma, beta } = gradients;
      store.train('layer_norm_parameters', w.cols, [gamma.at, beta.at, ...runs(dy), ...runs(x), x.rows, at]);
    },

    dropout(out: WasmTensor, x: WasmTensor, { rate, key0, key1 }: DropoutKey): void {
      store.train('dropout', out.rows, [...runs(out), ...runs(x), out.cols, rate, key0, key1]);
    },

    sumRows(out: WasmTensor, x: WasmTensor, weights: WasmTensor | null, then: Accumulation = 'store'): void {
      store.train('sum_rows', x.cols, [out.at, ...runs(x), x.rows, weights?.at ?? 0, flag(then)]);
    },

    scaleRows(out: WasmTensor, x: WasmTensor, factors: WasmTensor, group: number, then: Accumulation = 'store'): void {
      store.train('scale_rows', out.rows, [...runs(out), ...runs(x), factors.at, group, out.cols, flag(then)]);
    },

    spreadRows(out: WasmTensor, x: WasmTensor, factor: number, group: number, then: Accumulation = 'store'): void {
      store.train('spread_rows', out.rows, [...runs(out), ...runs(x), factor, group, out.cols, flag(then)]);
    },

    transpose(out: WasmTensor, x: WasmTensor): void {
      store.train('transpose', x.cols, [...runs(out), ...runs(x), x.rows]);
    },

    unpatchify(pixels: WasmTensor, x: WasmTensor, image: ImageShape, patchSize: number): void {
      const { images, channels, height, width } = image;
      store.train('unpatchify', images * channels, [pixels.at, ...runs(x), channels, height, width, patchSize]);
    },

    dotRows(out: WasmTensor, a: WasmTensor, b: WasmTensor): void {
      store.train('dot_rows', a.rows, [out.at, ...runs(a), ...runs(b), a.cols]);
    },
  };
}

const flag = (then: Accumulation) => (then === 'add' ? 1 : 0);
