import type { WasmTensor } from '../../wasm/kinds.ts';
import { panelsOf, ROWS, runs, type TrainStore } from './trainStore.ts';

/** The product of a layer whose panels are packed. */
interface Product {
  readonly n: number;
  readonly k: number;
  /** Addresses of [n], or 0. */
  readonly scale?: number;
  readonly shift?: number;
  /** Whether it is added to `out`. */
  readonly adds?: boolean;
}

/** out = scale ⊙ (x·Wᵀ) + shift with the panels packed before. */
export function multiply(store: TrainStore, out: WasmTensor, x: WasmTensor, product: Product): void {
  const { n, k, scale = 0, shift = 0, adds = false } = product;
  const units = store.training.linear_units_f32(out.rows);
  const args = [out.rows, ...runs(out), ...runs(x), store.work.panels.at, n, k, scale, shift, adds ? 1 : 0];
  store.trainWithScratch('linear_f32', units, args);
}

/** dW += dyᵀ·x, a fixed number of rows at a time. */
export function addProductOfRows(store: TrainStore, weight: WasmTensor, dy: WasmTensor, x: WasmTensor): void {
  const { panels, transposed } = store.work;
  for (let begin = 0; begin < x.rows; begin += ROWS) {
    const end = Math.min(x.rows, begin + ROWS);
    const [dys, xs] = [store.rows(dy, begin, end), store.rows(x, begin, end)];
    const rows = end - begin;
    store.train('transpose', dy.cols, [transposed.at, rows, ...runs(dys), rows]);
    store.train('pack_columns', panelsOf(x.cols), [panels.at, ...runs(xs), x.cols, rows, 0]);
    const left = { at: transposed.at, rows: dy.cols, cols: rows, stride: rows };
    multiply(store, weight, left, { n: x.cols, k: rows, adds: true });
  }
}

/** shift [1, cols] += Σ dy. */
export function addRowSums(store: TrainStore, shift: WasmTensor, dy: WasmTensor): void {
  store.train('sum_rows', dy.cols, [shift.at, ...runs(dy), dy.rows, 0, 1]);
}
