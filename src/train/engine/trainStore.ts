import type { Backend } from '../../backend.ts';
import type { Dtype } from '../../dtype.ts';
import type { RangeKernel } from '../../wasm/dispatch.ts';
import type { Kernels } from '../../wasm/kernels.ts';
import type { WasmKinds, WasmLinear, WasmNorm, WasmTensor } from '../../wasm/kinds.ts';
import { WasmStore } from '../../wasm/store.ts';
import { toFloat32 } from '../../weights/dtype.ts';
import { fromFloat32 } from '../../weights/save/fromFloat32.ts';
import { OPTIMIZER_BLOCK, type TrainKernel, type TrainKernels } from './kernels.ts';
import type { TrainEngine } from './openTrainEngine.ts';

/** Columns of a panel of packed weights in the core for training. */
const PANEL = 12;
/** Rows of x whose products go into a gradient of weights at once; a constant, because it decides the order of sums. */
export const ROWS = 1024;

/** A low-rank addition to the outputs [begin, end) of a layer: y += b·(a·x), b's scale holding α/r (and λ). */
export interface Adapter {
  readonly begin: number;
  readonly end: number;
  readonly a: WasmLinear; // [r, k]
  readonly b: WasmLinear; // [end − begin, r]
}

/** Gradients of a layer: of the weights [n, k] and of the shift [1, n], both before the output scale. */
export interface LinearGradients {
  readonly weight: WasmTensor;
  readonly shift: WasmTensor;
}

/** Gradients of a norm, each [1, cols]. */
export interface NormGradients {
  readonly gamma: WasmTensor;
  readonly beta: WasmTensor;
}

/** What the ops compute in. */
interface Work {
  readonly panels: WasmTensor;
  readonly transposed: WasmTensor; // dy
  readonly statistics: WasmTensor; // of norms
  readonly tables: WasmTensor;
  /** [2·rows, r]: what is between the two layers of an adapter, and its gradient. */
  readonly rank: WasmTensor | null;
}

/** The store of the machine for training: weights are row by row, [n, k], where the optimizer changes them. */
export class TrainStore extends WasmStore {
  readonly training: TrainKernels;
  readonly #linears = new Map<WasmLinear, LinearGradients>();
  readonly #norms = new Map<WasmNorm, NormGradients>();
  readonly #adapters = new Map<WasmLinear, Adapter[]>();
  /** Floats that packed panels, and a transposed dy, take at most. */
  #panels = 0;
  #transposed = 0;
  #widest = 0;
  #work: Work | null = null;

  constructor({ kernels, memory, dispatch }: TrainEngine) {
    // attention is never quantized here
    super({ ...kernels, attention_scratch_q8: () => 0 } as unknown as Kernels, memory, dispatch);
    this.training = kernels;
  }

  // ── reserving ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** f16 for frozen weights: they cannot be trained. */
  override reserveLinear(n: number, k: number, dtype: Dtype = 'f32'): WasmLinear {
    const depth = Math.max(n, k, ROWS);
    this.wantScratch(this.training.linear_scratch_f32(depth));
    this.#panels = Math.max(this.#panels, padded(n) * k, padded(k) * Math.max(n, ROWS));
    this.#transposed = Math.max(this.#transposed, n * ROWS);
    this.#widest = Math.max(this.#widest, n, k);
    const { at } = this.alloc(1, dtype === 'f16' ? Math.ceil((n * k) / 2) : n * k);
    return { dtype: dtype === 'f16' ? 'f16' : 'f32', n, k, at, scale: this.alloc(1, n).at, shift: this.alloc(1, n).at };
  }

  override planAttention(tokens: number, headDim: number): void {
    this.wantScratch(this.training.attention_backward_scratch(tokens, headDim));
  }

  /** Reserves what the gradients of a 3×3 convolution [n, 3·3·c] need beside those of a linear layer. */
  planConv3x3(n: number, c: number): void {
    this.wantScratch(this.training.linear_scratch_f32(9 * n));
    this.#panels = Math.max(this.#panels, padded(c) * 9 * n);
  }

  /** Reserves gradients of a layer, which is trained from then on. */
  trainLinear(w: WasmLinear): LinearGradients {
    const known = this.#linears.get(w);
    if (known) return known;
    const gradients = { weight: this.alloc(w.n, w.k), shift: this.alloc(1, w.n) };
    this.#linears.set(w, gradients);
    return gradients;
  }

  /** Reserves gradients of a norm, which is trained from then on. */
  trainNorm(w: WasmNorm): NormGradients {
    const known = this.#norms.get(w);
    if (known) return known;
    const gradients = { gamma: this.alloc(1, w.cols), beta: this.alloc(1, w.cols) };
    this.#norms.set(w, gradients);
    return gradients;
  }

  /** Adds an adapter to a layer. */
  adapt(w: WasmLinear, adapter: Adapter): void {
    this.#adapters.set(w, [...this.adaptersOf(w), adapter]);
  }

  /** Reserves what the ops compute in, for tensors of so many rows; call behind the parameters and before `commit`. */
  planWork(rows: number, tables: { readonly rows: number; readonly cols: number }): void {
    const rank = [...this.#adapters.values()].flat().reduce((most, { a }) => Math.max(most, a.n), 0);
    this.#work = {
      panels: this.alloc(1, this.#panels),
      transposed: this.alloc(1, this.#transposed),
      statistics: this.alloc(1, Math.max(3 * rows, 2 * this.#widest)),
      tables: this.alloc(tables.rows, tables.cols),
      rank: rank > 0 ? this.alloc(2 * rows, rank) : null,
    };
  }

  // ── what is reserved ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Of {@link TrainStore.planWork}. */
  get work(): Work {
    return this.#work!;
  }

  /** Undefined for a layer that is not trained. */
  gradientsOf(w: WasmLinear): LinearGradients | undefined {
    return this.#linears.get(w);
  }

  /** Undefined for a norm that is not trained. */
  normGradientsOf(w: WasmNorm): NormGradients | undefined {
    return this.#norms.get(w);
  }

  adaptersOf(w: WasmLinear): readonly Adapter[] {
    return this.#adapters.get(w) ?? [];
  }

  /** Where a layer's weights are, row by row. */
  weights(w: WasmLinear): WasmTensor {
    return { at: w.at, rows: w.n, cols: w.k, stride: w.k };
  }

  /** As the code of models sees it. */
  get asBackend(): Backend<WasmKinds> {
    return this as unknown as Backend<WasmKinds>;
  }

  // ── filling ──────────────────────────────────────────────────────────────────────────────────────────────────────

  override putRows(w: WasmLinear, begin: number, rows: Float32Array): void {
    if (w.dtype === 'f16') this.#halves(w, begin, rows.length).set(new Uint16Array(fromFloat32('F16', rows).buffer));
    else this.floats(w.at + 4 * begin * w.k, rows.length).set(rows);
  }

  /** Rows are kept as they come, and training reads a file once: they pass through the buffers of the reader. */
  override placeOfRows(): undefined {
    return undefined;
  }

  override readRows(w: WasmLinear, begin: number, end: number): Float32Array {
    const length = (end - begin) * w.k;
    if (w.dtype !== 'f16') return this.floats(w.at + 4 * begin * w.k, length).slice();
    const halves = this.#halves(w, begin, length).slice();
    const out = new Float32Array(length);
    toFloat32('F16', new Uint8Array(halves.buffer), out);
    return out;
  }

  #halves(w: WasmLinear, begin: number, length: number): Uint16Array {
    const { buffer } = this.floats(w.at, 1);
    return new Uint16Array(buffer, w.at + 2 * begin * w.k, length);
  }

  /** A copy of a tensor, at once. */
  readNow(t: WasmTensor): Float32Array {
    this.dispatch.check();
    return this.floats(t.at, t.rows * t.cols).slice();
  }

  // ── running ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Runs a kernel of the core for training. */
  train(kernel: TrainKernel, extent: number, args: readonly number[]): void {
    this.run(kernel as RangeKernel, extent, args);
  }

  trainWithScratch(kernel: TrainKernel, extent: number, args: readonly number[]): void {
    this.runWithScratch(kernel as RangeKernel, extent, args);
  }

  /** A kernel of the optimizer over the blocks of a run of numbers. */
  overBlocks(kernel: TrainKernel, length: number, args: readonly number[]): void {
    this.train(kernel, Math.ceil(length / OPTIMIZER_BLOCK), args);
  }
}

const padded = (n: number) => panelsOf(n) * PANEL;

/** Panels of so many columns. */
export const panelsOf = (n: number): number => Math.ceil(n / PANEL);

/** Address and stride, as kernels take a tensor. */
export const runs = ({ at, stride }: WasmTensor): [number, number] => [at, stride];
