import { ACTIVATIONS, type Activation } from '../../activations.ts';
import type { AttentionShape, Backend, Epilogue, FeatureMap, ImageShape, MapOps, RowOps } from '../../backend.ts';
import type { Dtype } from '../../dtype.ts';
import type { RangeKernel } from '../../wasm/dispatch.ts';
import type { Kernels } from '../../wasm/kernels.ts';
import type { WasmKinds, WasmLinear, WasmNorm, WasmTensor } from '../../wasm/kinds.ts';
import { mapOps, placed, sizes } from '../../wasm/mapOps.ts';
import { rowOps } from '../../wasm/rowOps.ts';
import { WasmStore } from '../../wasm/store.ts';
import { toFloat32 } from '../../weights/dtype.ts';
import { fromFloat32 } from '../../weights/save/fromFloat32.ts';
import type { Accumulation, DropoutKey, GradOps, MapSize } from '../gradOps.ts';
import { OPTIMIZER_BLOCK, type TrainKernel } from './kernels.ts';
import type { TrainEngine } from './openTrainEngine.ts';

/** Columns of a panel of packed weights in the core for training. */
const PANEL = 12;
/** Rows of x whose products go into a gradient of weights at once; a constant, because it decides the order of sums. */
const ROWS = 1024;

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

/**
 * The machine for training: weights are row by row, [n, k], where the optimizer changes them, and are packed for each
 * product. All three products of a layer (x·Wᵀ, dy·W, dyᵀ·x) run on the forward kernel, so their sums have its order.
 */
export class TrainBackend extends WasmStore implements GradOps<WasmKinds> {
  readonly #forward: RowOps<WasmKinds>;
  readonly #maps: MapOps<WasmKinds>;
  readonly #kernels: TrainEngine['kernels'];
  readonly #linears = new Map<WasmLinear, LinearGradients>();
  readonly #norms = new Map<WasmNorm, NormGradients>();
  readonly #adapters = new Map<WasmLinear, Adapter[]>();
  /** Floats that packed panels, and a transposed dy, take at most. */
  #panels = 0;
  #transposed = 0;
  #widest = 0;
  #work: { panels: WasmTensor; transposed: WasmTensor; statistics: WasmTensor; tables: WasmTensor } | null = null;

  constructor({ kernels, memory, dispatch }: TrainEngine) {
    // attention is never quantized here
    super({ ...kernels, attention_scratch_q8: () => 0 } as unknown as Kernels, memory, dispatch);
    this.#kernels = kernels;
    this.#forward = rowOps(this);
    this.#maps = mapOps(this);
  }

  // ── reserving ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** f16 for frozen weights: they cannot be trained. */
  override reserveLinear(n: number, k: number, dtype: Dtype = 'f32'): WasmLinear {
    const depth = Math.max(n, k, ROWS);
    this.wantScratch(this.#kernels.linear_scratch_f32(depth));
    this.#panels = Math.max(this.#panels, padded(n) * k, padded(k) * Math.max(n, ROWS));
    this.#transposed = Math.max(this.#transposed, n * ROWS);
    this.#widest = Math.max(this.#widest, n, k);
    const { at } = this.alloc(1, dtype === 'f16' ? Math.ceil((n * k) / 2) : n * k);
    return { dtype: dtype === 'f16' ? 'f16' : 'f32', n, k, at, scale: this.alloc(1, n).at, shift: this.alloc(1, n).at };
  }

  override planAttention(tokens: number, headDim: number): void {
    this.wantScratch(this.#kernels.attention_backward_scratch(tokens, headDim));
  }

  /** Reserves what the gradients of a 3×3 convolution [n, 3·3·c] need beside those of a linear layer. */
  planConv3x3(n: number, c: number): void {
    this.wantScratch(this.#kernels.linear_scratch_f32(9 * n));
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
    this.#adapters.set(w, [...(this.#adapters.get(w) ?? []), adapter]);
  }

  /** Reserves what the ops work in, for tensors of so many rows; call behind the parameters and before `commit`. */
  planWork(rows: number, tables: { readonly rows: number; readonly cols: number }): void {
    const rank = [...this.#adapters.values()].flat().reduce((most, { a }) => Math.max(most, a.n), 0);
    this.#work = {
      panels: this.alloc(1, this.#panels),
      transposed: this.alloc(1, this.#transposed),
      statistics: this.alloc(1, Math.max(3 * rows, 2 * this.#widest)),
      tables: this.alloc(tables.rows, tables.cols),
    };
    this.#rank = rank > 0 ? this.alloc(2 * rows, rank) : null;
  }

  /** [2·rows, r]: what is between the two layers of an adapter, and its gradient. */
  #rank: WasmTensor | null = null;

  /** As the code of models sees it, which uses none of the ops on maps here. */
  get asBackend(): Backend<WasmKinds> {
    return this as unknown as Backend<WasmKinds>;
  }

  /** Where a layer's weights are, row by row. */
  weights(w: WasmLinear): WasmTensor {
    return { at: w.at, rows: w.n, cols: w.k, stride: w.k };
  }

  // ── filling ──────────────────────────────────────────────────────────────────────────────────────────────────────

  override putRows(w: WasmLinear, begin: number, rows: Float32Array): void {
    if (w.dtype === 'f16') this.#halves(w, begin, rows.length).set(new Uint16Array(fromFloat32('F16', rows).buffer));
    else this.floats(w.at + 4 * begin * w.k, rows.length).set(rows);
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

  // ── linear layers ────────────────────────────────────────────────────────────────────────────────────────────────

  linear(out: WasmTensor, x: WasmTensor, w: WasmLinear, epilogue: Epilogue = 'store'): void {
    const { panels } = this.#work!;
    if (w.dtype === 'f16') this.train('pack_panels_f16', panelsOf(w.n), [panels.at, w.at, w.n, w.k]);
    else this.train('pack_panels', panelsOf(w.n), [panels.at, w.at, w.k, w.n, w.k]);
    this.#product(out, x, w.n, w.k, w.scale, w.shift, epilogue === 'add' ? 1 : 0);
    for (const adapter of this.#adapters.get(w) ?? []) {
      const middle = this.rows(this.#rank!, 0, x.rows);
      const inside = { ...middle, cols: adapter.a.n, stride: adapter.a.n };
      this.linear(inside, x, adapter.a);
      this.linear(this.cols(out, adapter.begin, adapter.end), inside, adapter.b, 'add');
    }
  }

  linearBackward(
    dx: WasmTensor | null,
    dy: WasmTensor,
    x: WasmTensor,
    w: WasmLinear,
    then: Accumulation = 'store',
  ): void {
    if (dx) {
      const { panels } = this.#work!;
      if (w.dtype === 'f16') this.train('pack_columns_f16', panelsOf(w.k), [panels.at, w.at, w.k, w.n, w.scale]);
      else this.train('pack_columns', panelsOf(w.k), [panels.at, w.at, w.k, w.k, w.n, w.scale]);
      this.#product(dx, dy, w.k, w.n, 0, 0, then === 'add' ? 1 : 0);
    }
    const gradients = this.#linears.get(w);
    if (gradients) this.#addWeightGradients(gradients, dy, x);
    for (const adapter of this.#adapters.get(w) ?? []) this.#adapterBackward(dx, dy, x, adapter);
  }

  #adapterBackward(dx: WasmTensor | null, dy: WasmTensor, x: WasmTensor, { a, b, begin, end }: Adapter): void {
    const part = (first: number) => ({ ...this.rows(this.#rank!, first, first + x.rows), cols: a.n, stride: a.n });
    const [inside, dInside] = [part(0), { ...part(0), at: this.#rank!.at + 4 * x.rows * a.n }];
    this.linear(inside, x, a);
    this.linearBackward(dInside, this.cols(dy, begin, end), inside, b);
    this.linearBackward(dx, dInside, x, a, 'add');
  }

  /** dW += dyᵀ·x, a fixed number of rows at a time; dshift += Σ dy. */
  #addWeightGradients({ weight, shift }: LinearGradients, dy: WasmTensor, x: WasmTensor): void {
    this.#addProductOfRows(weight, dy, x);
    this.sumRows(shift, dy, null, 'add');
  }

  #addProductOfRows(weight: WasmTensor, dy: WasmTensor, x: WasmTensor): void {
    const { panels, transposed } = this.#work!;
    for (let begin = 0; begin < x.rows; begin += ROWS) {
      const end = Math.min(x.rows, begin + ROWS);
      const [dys, xs] = [this.rows(dy, begin, end), this.rows(x, begin, end)];
      const rows = end - begin;
      this.train('transpose', dy.cols, [transposed.at, rows, dys.at, dys.stride, rows]);
      this.train('pack_columns', panelsOf(x.cols), [panels.at, xs.at, xs.stride, x.cols, rows, 0]);
      const left = { at: transposed.at, rows: dy.cols, cols: rows, stride: rows };
      this.#product(weight, left, x.cols, rows, 0, 0, 1);
    }
  }

  /** out = scale ⊙ (x·Wᵀ) + shift with the panels packed before. */
  #product(out: WasmTensor, x: WasmTensor, n: number, k: number, scale: number, shift: number, epilogue: number): void {
    const units = this.#kernels.linear_units_f32(out.rows);
    const { at } = this.#work!.panels;
    const args = [out.rows, out.at, out.stride, x.at, x.stride, at, n, k, scale, shift, epilogue];
    this.runWithScratch('linear_f32' as RangeKernel, units, args);
  }

  // ── maps ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  conv3x3(out: WasmTensor, x: WasmTensor, w: WasmLinear, size: MapSize): void {
    this.train('pack_panels', panelsOf(w.n), [this.#work!.panels.at, w.at, w.k, w.n, w.k]);
    this.#convolve(out, x, size, [w.n, w.k / 9, w.scale, w.shift, 0]);
  }

  conv3x3Backward(dx: WasmTensor, dy: WasmTensor, x: WasmTensor, w: WasmLinear, size: MapSize): void {
    const channels = w.k / 9;
    this.train('pack_flipped', panelsOf(channels), [this.#work!.panels.at, w.at, w.n, channels]);
    this.#convolve(dx, dy, size, [channels, w.n, 0, 0, 1]);
    const gradients = this.#linears.get(w);
    if (!gradients) return;
    this.sumRows(gradients.shift, dy, null, 'add');
    // output pixels from the first to the last; between them are borders, where dy is zero
    const pitch = size.width + 2;
    const [first, end] = [pitch + 1, dy.rows - pitch - 1];
    for (let tap = 0; tap < 9; tap++) {
      const shift = (Math.floor(tap / 3) - 1) * pitch + (tap % 3) - 1;
      const weight = this.cols(gradients.weight, tap * channels, (tap + 1) * channels);
      this.#addProductOfRows(weight, this.rows(dy, first, end), this.rows(x, first + shift, end + shift));
    }
  }

  /** Image by image with the panels packed before; `layer` is n, channels, scale, shift, epilogue. */
  #convolve(out: WasmTensor, x: WasmTensor, { images, height, width }: MapSize, layer: number[]): void {
    const [pixels, bordered] = [height * width, (height + 2) * (width + 2)];
    const [n, channels, ...rest] = layer;
    for (let b = 0; b < images; b++) {
      const to = this.rows(out, b * pixels, (b + 1) * pixels);
      const from = this.rows(x, b * bordered, (b + 1) * bordered);
      const args = [to.at, width * to.stride, to.stride, from.at, (width + 2) * from.stride, from.stride, width];
      this.runWithScratch('conv_f32', height, [...args, this.#work!.panels.at, n, channels, ...rest]);
    }
  }

  clearBorder(map: FeatureMap<WasmKinds>): void {
    this.#maps.clearBorder(map);
  }

  copyMap(out: FeatureMap<WasmKinds>, x: FeatureMap<WasmKinds>, epilogue?: 'store' | 'relu'): void {
    this.#maps.copyMap(out, x, epilogue);
  }

  maxPool(out: FeatureMap<WasmKinds>, x: FeatureMap<WasmKinds>): void {
    this.#maps.maxPool(out, x);
  }

  averagePool(out: FeatureMap<WasmKinds>, x: FeatureMap<WasmKinds>): void {
    this.#maps.averagePool(out, x);
  }

  resizeBilinear(out: FeatureMap<WasmKinds>, x: FeatureMap<WasmKinds>, epilogue?: 'store' | 'add'): void {
    this.#maps.resizeBilinear(out, x, epilogue);
  }

  maxPoolBackward(dx: FeatureMap<WasmKinds>, dy: FeatureMap<WasmKinds>, x: FeatureMap<WasmKinds>): void {
    const args = [...placed(dx), ...placed(dy), ...placed(x), dy.width, x.tensor.cols];
    this.train('max_pool_backward', dy.height, args);
  }

  averagePoolBackward(dx: FeatureMap<WasmKinds>, dy: FeatureMap<WasmKinds>): void {
    this.train('adaptive_avg_pool_backward', dx.height, [...placed(dx), ...placed(dy), ...sizes(dy, dx)]);
  }

  resizeBilinearBackward(dx: FeatureMap<WasmKinds>, dy: FeatureMap<WasmKinds>): void {
    this.train('resize_bilinear_backward', dx.height, [...placed(dx), ...placed(dy), ...sizes(dy, dx), 0]);
  }

  batchStatistics(statistics: WasmTensor, x: WasmTensor, { cols, eps }: WasmNorm): void {
    this.train('batch_statistics', cols, [statistics.at, cols, ...runs(x), x.rows, eps]);
  }

  batchNorm(out: WasmTensor, x: WasmTensor, { gamma, beta, cols }: WasmNorm, statistics: WasmTensor): void {
    this.train('batch_norm', out.rows, [...runs(out), ...runs(x), statistics.at, gamma, beta, cols]);
  }

  batchNormBackward(
    dx: WasmTensor,
    dy: WasmTensor,
    x: WasmTensor,
    w: WasmNorm,
    statistics: WasmTensor,
    means: WasmTensor,
    frozen: boolean,
  ): void {
    const { gamma, cols } = w;
    const gradients = this.#norms.get(w) ?? this.#unused(cols);
    const sums = [
      gradients.gamma.at,
      gradients.beta.at,
      means.at,
      cols,
      ...runs(dy),
      ...runs(x),
      x.rows,
      statistics.at,
    ];
    this.train('batch_norm_parameters', cols, sums);
    if (frozen) this.clear(means);
    this.train('batch_norm_backward', dx.rows, [
      ...runs(dx),
      ...runs(dy),
      ...runs(x),
      statistics.at,
      gamma,
      means.at,
      cols,
    ]);
  }

  /** A place for gradients that nothing reads. */
  #unused(cols: number): NormGradients {
    const row = (at: number) => ({ at: this.#work!.statistics.at + 4 * at, rows: 1, cols, stride: cols });
    return { gamma: row(0), beta: row(cols) };
  }

  transpose(out: WasmTensor, x: WasmTensor): void {
    this.train('transpose', x.cols, [out.at, out.stride, x.at, x.stride, x.rows]);
  }

  // ── everything else ──────────────────────────────────────────────────────────────────────────────────────────────

  copy(out: WasmTensor, x: WasmTensor): void {
    this.#forward.copy(out, x);
  }

  add(out: WasmTensor, x: WasmTensor): void {
    this.#forward.add(out, x);
  }

  blend(out: WasmTensor, row: WasmTensor, mask: WasmTensor): void {
    this.#forward.blend(out, row, mask);
  }

  patchify(out: WasmTensor, pixels: WasmTensor, image: ImageShape, patchSize: number): void {
    this.#forward.patchify(out, pixels, image, patchSize);
  }

  layerNorm(out: WasmTensor, x: WasmTensor, w: WasmNorm): void {
    this.#forward.layerNorm(out, x, w);
  }

  meanRows(out: WasmTensor, x: WasmTensor): void {
    this.#forward.meanRows(out, x);
  }

  activate(out: WasmTensor, x: WasmTensor, activation: Activation): void {
    const kind = ACTIVATIONS.indexOf(activation);
    this.train('activate_rows', out.rows, [out.at, out.stride, x.at, x.stride, out.cols, kind]);
  }

  activationBackward(dx: WasmTensor, dy: WasmTensor, x: WasmTensor, activation: Activation): void {
    const kind = ACTIVATIONS.indexOf(activation);
    this.train('activation_backward', dx.rows, [...runs(dx), ...runs(dy), ...runs(x), dx.cols, kind]);
  }

  layerNormBackward(dx: WasmTensor, dy: WasmTensor, x: WasmTensor, w: WasmNorm, then: Accumulation = 'store'): void {
    const { at } = this.#work!.statistics;
    const add = then === 'add' ? 1 : 0;
    const args = [...runs(dx), ...runs(dy), ...runs(x), w.gamma, w.cols, w.eps, at, add];
    const gradients = this.#norms.get(w);
    this.train('layer_norm_backward', dx.rows, args);
    if (!gradients) return;
    const { gamma, beta } = gradients;
    this.train('layer_norm_parameters', w.cols, [gamma.at, beta.at, ...runs(dy), ...runs(x), x.rows, at]);
  }

  attend(out: WasmTensor, qkv: WasmTensor, shape: AttentionShape<WasmKinds>, key: DropoutKey | null): void {
    if (!key) {
      this.#forward.attention(out, qkv, shape);
      return;
    }
    const { images, tokens, heads, grid, relativeBias } = shape;
    const units = this.#kernels.attention_units(images, heads, tokens);
    const bias = [relativeBias?.at ?? 0, grid.height, grid.width];
    const args = [...runs(out), ...runs(qkv), tokens, heads, out.cols / heads, ...bias, key.rate, key.key0, key.key1];
    this.runWithScratch('attention_dropout' as RangeKernel, units, args);
  }

  attendBackward(
    dqkv: WasmTensor,
    dOut: WasmTensor,
    qkv: WasmTensor,
    shape: AttentionShape<WasmKinds>,
    dTable: WasmTensor | null,
    key: DropoutKey | null,
  ): void {
    const { images, tokens, heads, grid, relativeBias } = shape;
    const tables = this.#work!.tables;
    const bias = [relativeBias?.at ?? 0, grid.height, grid.width, dTable && relativeBias ? tables.at : 0];
    const dropped = key ? [key.rate, key.key0, key.key1] : [0, 0, 0];
    const sizes = [tokens, heads, dOut.cols / heads];
    const args = [...runs(dqkv), ...runs(qkv), ...runs(dOut), ...sizes, ...bias, ...dropped];
    this.runWithScratch('attention_backward' as RangeKernel, images * heads, args);
    if (!dTable || !relativeBias) return;
    const size = relativeBias.rows * relativeBias.cols;
    this.sumRows(
      { ...dTable, rows: 1, cols: size, stride: size },
      { at: tables.at, rows: images, cols: size, stride: size },
      null,
      'add',
    );
  }

  dropout(out: WasmTensor, x: WasmTensor, { rate, key0, key1 }: DropoutKey): void {
    this.train('dropout', out.rows, [...runs(out), ...runs(x), out.cols, rate, key0, key1]);
  }

  sumRows(out: WasmTensor, x: WasmTensor, weights: WasmTensor | null, then: Accumulation = 'store'): void {
    this.train('sum_rows', x.cols, [out.at, ...runs(x), x.rows, weights?.at ?? 0, then === 'add' ? 1 : 0]);
  }

  scaleRows(out: WasmTensor, x: WasmTensor, factors: WasmTensor, group: number, then: Accumulation = 'store'): void {
    this.train('scale_rows', out.rows, [...runs(out), ...runs(x), factors.at, group, out.cols, then === 'add' ? 1 : 0]);
  }

  spreadRows(out: WasmTensor, x: WasmTensor, factor: number, group: number, then: Accumulation = 'store'): void {
    this.train('spread_rows', out.rows, [...runs(out), ...runs(x), factor, group, out.cols, then === 'add' ? 1 : 0]);
  }

  unpatchify(pixels: WasmTensor, x: WasmTensor, image: ImageShape, patchSize: number): void {
    const { images, channels, height, width } = image;
    this.train('unpatchify', images * channels, [pixels.at, ...runs(x), channels, height, width, patchSize]);
  }

  /** out[i] = Σ a[i] ⊙ b[i]; out is [1, rows]. */
  dotRows(out: WasmTensor, a: WasmTensor, b: WasmTensor): void {
    this.train('dot_rows', a.rows, [out.at, ...runs(a), ...runs(b), a.cols]);
  }

  /** A kernel of the optimizer over the blocks of a run of numbers. */
  overBlocks(kernel: TrainKernel, length: number, args: number[]): void {
    this.train(kernel, Math.ceil(length / OPTIMIZER_BLOCK), args);
  }

  protected train(kernel: TrainKernel, extent: number, args: number[]): void {
    this.run(kernel as RangeKernel, extent, args);
  }
}

const padded = (n: number) => panelsOf(n) * PANEL;
const panelsOf = (n: number) => Math.ceil(n / PANEL);
/** Address and stride, as kernels take a tensor. */
const runs = ({ at, stride }: WasmTensor): [number, number] => [at, stride];
