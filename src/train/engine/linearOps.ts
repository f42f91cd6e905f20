import type { Epilogue } from '../../backend.ts';
import type { WasmKinds, WasmLinear, WasmTensor } from '../../wasm/kinds.ts';
import type { Accumulation, GradOps } from '../gradOps.ts';
import { addProductOfRows, addRowSums, multiply } from './products.ts';
import { type Adapter, panelsOf, type TrainStore } from './trainStore.ts';

type LinearOps = Pick<GradOps<WasmKinds>, 'linear' | 'linearBackward'>;

/** Linear layers with their adapters. All three products (x·Wᵀ, dy·W, dyᵀ·x) run on the forward kernel, so their sums have its order. */
export function linearOps(store: TrainStore): LinearOps {
  return {
    linear: (out, x, w, epilogue = 'store') => forward(store, out, x, w, epilogue),
    linearBackward: (dx, dy, x, w, then = 'store') => backward(store, dx, dy, x, w, then),
  };
}

function forward(store: TrainStore, out: WasmTensor, x: WasmTensor, w: WasmLinear, epilogue: Epilogue): void {
  const { panels, rank } = store.work;
  if (w.dtype === 'f16') store.train('pack_panels_f16', panelsOf(w.n), [panels.at, w.at, w.n, w.k]);
  else store.train('pack_panels', panelsOf(w.n), [panels.at, w.at, w.k, w.n, w.k]);
  multiply(store, out, x, { ...w, adds: epilogue === 'add' });
  for (const { a, b, begin, end } of store.adaptersOf(w)) {
    const inside = { ...store.rows(rank!, 0, x.rows), cols: a.n, stride: a.n };
    forward(store, inside, x, a, 'store');
    forward(store, store.cols(out, begin, end), inside, b, 'add');
  }
}

function backward(
  store: TrainStore,
  dx: WasmTensor | null,
  dy: WasmTensor,
  x: WasmTensor,
  w: WasmLinear,
  then: Accumulation,
): void {
  if (dx) {
    const { at } = store.work.panels;
    if (w.dtype === 'f16') store.train('pack_columns_f16', panelsOf(w.k), [at, w.at, w.k, w.n, w.scale]);
    else store.train('pack_columns', panelsOf(w.k), [at, w.at, w.k, w.k, w.n, w.scale]);
    multiply(store, dx, dy, { n: w.k, k: w.n, adds: then === 'add' });
  }
  const gradients = store.gradientsOf(w);
  if (gradients) {
    addProductOfRows(store, gradients.weight, dy, x);
    addRowSums(store, gradients.shift, dy);
  }
  for (const adapter of store.adaptersOf(w)) adapterBackward(store, dx, dy, x, adapter);
}

function adapterBackward(
  store: TrainStore,
  dx: WasmTensor | null,
  dy: WasmTensor,
  x: WasmTensor,
  { a, b, begin, end }: Adapter,
): void {
  const inside = { ...store.rows(store.work.rank!, 0, x.rows), cols: a.n, stride: a.n };
  const dInside = { ...inside, at: inside.at + 4 * x.rows * a.n };
  forward(store, inside, x, a, 'store');
  backward(store, dInside, store.cols(dy, begin, end), inside, b, 'store');
  backward(store, dx, dInside, x, a, 'add');
}
