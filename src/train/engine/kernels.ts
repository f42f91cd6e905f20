import type { Kernels } from '../../wasm/kernels.ts';

/** The forward kernels that the core for training has too. */
type Shared = Pick<
  Kernels,
  | 'memory'
  | 'heapBase'
  | 'layer_norm'
  | 'mean_rows'
  | 'patchify'
  | 'add_rows'
  | 'blend_rows'
  | 'copy_rows'
  | 'attention'
  | 'attention_scratch'
  | 'attention_units'
  | 'adaptive_avg_pool'
  | 'conv_f32'
  | 'copy_map'
  | 'max_pool'
  | 'resize_bilinear'
>;

/** A kernel over a half-open range of independent outputs. */
type Range<A extends number[]> = (begin: number, end: number, ...args: A) => void;

/** A tensor's address and floats from row to row. */
type Out = [out: number, outStride: number];
type X = [x: number, xStride: number];
type Dx = [dx: number, dxStride: number];
type Dy = [dy: number, dyStride: number];
type Qkv = [qkv: number, qkvStride: number];
type Dqkv = [dqkv: number, dqkvStride: number];
type DOut = [dOut: number, dOutStride: number];
/** A map's address, and floats from image row to image row and from pixel to pixel. */
type XMap = [x: number, xRowStride: number, xPixelStride: number];
type DxMap = [dx: number, dxRowStride: number, dxPixelStride: number];
type DyMap = [dy: number, dyRowStride: number, dyPixelStride: number];
/** Of out and of x. */
type Sizes = [outHeight: number, outWidth: number, height: number, width: number];
type Heads = [tokens: number, heads: number, headDim: number];
type Bias = [bias: number, gridHeight: number, gridWidth: number];
type Drop = [rate: number, key0: number, key1: number];
/** The numbers of a step of AdamW; see `core-as/grad/optimizer.ts`. */
type Means = [keep: number, rise1: number, beta2: number, rise2: number, step: number, correction: number, eps: number];

/**
 * The exports of the core for training (`core-as/grad/index.ts`): those of `Kernels` that it shares with the core for
 * inference, and the gradients. The conventions are those of `Kernels`.
 */
export interface TrainKernels extends Shared {
  /** Units of {@link TrainKernels.linear_units_f32}. `Kernels.linear` for f32. */
  linear_f32: Range<
    [
      rows: number,
      ...Out,
      ...X,
      w: number,
      n: number,
      k: number,
      scale: number,
      shift: number,
      epilogue: number,
      scratch: number,
    ]
  >;
  linear_units_f32(rows: number): number;
  linear_scratch_f32(k: number): number;
  /** Panels of W [n, k] for x·Wᵀ: (to, w, wStride, n, k). */
  pack_panels: Range<[to: number, w: number, wStride: number, n: number, k: number]>;
  /** Panels of x [k, n] for ·x, row p multiplied by factors[p] (0: by one). */
  pack_columns: Range<[to: number, ...X, n: number, k: number, factors: number]>;
  /** Rows of out [cols, rows] = xᵀ. */
  transpose: Range<[...Out, ...X, rows: number]>;
  /** `pack_panels` of f16 weights without gaps. */
  pack_panels_f16: Range<[to: number, w: number, n: number, k: number]>;
  /** `pack_columns` of f16 weights [k, n] without gaps. */
  pack_columns_f16: Range<[to: number, w: number, n: number, k: number, factors: number]>;
  /** Panels of the 3×3 convolution that takes dy to dx, for W [n, 3·3·c]. */
  pack_flipped: Range<[to: number, w: number, n: number, c: number]>;
  /** Columns. statistics [5, cols] = mean, 1/√(variance + eps) and variance of x; then the rests of the first two in f64. */
  batch_statistics: Range<[statistics: number, cols: number, ...X, rows: number, eps: number]>;
  /** Rows. out = γ·(x − mean)·r + β. */
  batch_norm: Range<[...Out, ...X, statistics: number, gamma: number, beta: number, cols: number]>;
  /** Columns. dγ and dβ are added to; means [4, cols] are those of dy and of dy ⊙ x̂, and their rests in f64. */
  batch_norm_parameters: Range<
    [dgamma: number, dbeta: number, means: number, cols: number, ...Dy, ...X, rows: number, statistics: number]
  >;
  /** Rows. dx = …; in place of dy if wanted. */
  batch_norm_backward: Range<[...Dx, ...Dy, ...X, statistics: number, gamma: number, means: number, cols: number]>;
  /** Image rows of out. dx is added to. */
  max_pool_backward: Range<[...DxMap, ...DyMap, ...XMap, width: number, cols: number]>;
  /** Image rows of dx, which is added to. */
  adaptive_avg_pool_backward: Range<[...DxMap, ...DyMap, ...Sizes, cols: number]>;
  /** Image rows of dx, which is added to. */
  resize_bilinear_backward: Range<[...DxMap, ...DyMap, ...Sizes, cols: number, aligned: number]>;
  /** Columns. out (+)= Σ_i weights[i]·x[i]. */
  sum_rows: Range<[out: number, ...X, rows: number, weights: number, add: number]>;
  /** Rows. out[i] (+)= factors[⌊i/group⌋]·x[i]. */
  scale_rows: Range<[...Out, ...X, factors: number, group: number, cols: number, add: number]>;
  /** Rows. out[i] (+)= factor·x[⌊i/group⌋]. */
  spread_rows: Range<[...Out, ...X, factor: number, group: number, cols: number, add: number]>;
  /** Rows. out[i] = Σ_c a[i][c]·b[i][c]. */
  dot_rows: Range<[out: number, a: number, aStride: number, b: number, bStride: number, cols: number]>;
  /** Rows. dx (+)= the gradient of x; three statistics a row for {@link TrainKernels.layer_norm_parameters}. */
  layer_norm_backward: Range<
    [...Dx, ...Dy, ...X, gamma: number, cols: number, eps: number, statistics: number, add: number]
  >;
  /** Columns. dγ and dβ are added to. */
  layer_norm_parameters: Range<[dgamma: number, dbeta: number, ...Dy, ...X, rows: number, statistics: number]>;
  /** Rows. `kind` is an index of ACTIVATIONS. */
  activate_rows: Range<[...Out, ...X, cols: number, kind: number]>;
  /** Rows. dx = dy ⊙ activation′(x). */
  activation_backward: Range<[...Dx, ...Dy, ...X, cols: number, kind: number]>;
  /** Units of `attention`. Attention with dropout on the probabilities. */
  attention_dropout: Range<[...Out, ...Qkv, ...Heads, ...Bias, ...Drop, scratch: number]>;
  /** Images × heads. dqkv is overwritten; dTable [images·heads, distances + 3], mirrored, or 0. */
  attention_backward: Range<[...Dqkv, ...Qkv, ...DOut, ...Heads, ...Bias, dTable: number, ...Drop, scratch: number]>;
  attention_backward_scratch(tokens: number, headDim: number): number;
  /** Rows. out = x ⊙ mask/(1 − rate). */
  dropout: Range<[...Out, ...X, cols: number, ...Drop]>;
  /** Images × channels. The transpose of patchify. */
  unpatchify: Range<[pixels: number, ...X, channels: number, height: number, width: number, patchSize: number]>;
  /** Blocks of 1024 numbers. One step of AdamW; see `core-as/grad/optimizer.ts`. */
  adamw: Range<[p: number, g: number, m: number, v: number, length: number, ...Means]>;
  /** Blocks of 1024 numbers. The same with bytes m and v; see `core-as/grad/adamw_8bit.ts`. */
  adamw_8bit: Range<
    [
      p: number,
      g: number,
      m: number,
      v: number,
      mScales: number,
      vScales: number,
      mCodes: number,
      vCodes: number,
      length: number,
      ...Means,
    ]
  >;
  /** Blocks of 1024 numbers. m ← momentum·m + g + decay·p, p ← p − lr·m. */
  sgd: Range<[p: number, g: number, m: number, length: number, momentum: number, decay: number, lr: number]>;
  /** Blocks of 1024 numbers. x ← x·factor. */
  scale: Range<[x: number, length: number, factor: number]>;
  /** Blocks of 1024 numbers. out ← out + rate·(x − out). */
  blend: Range<[out: number, x: number, length: number, rate: number]>;
  /** Blocks of 1024 numbers, each giving out[block] = Σ x². */
  sum_of_squares: Range<[out: number, x: number, length: number]>;
}

/** Numbers in a block of the optimizer's kernels. */
export const OPTIMIZER_BLOCK = 1024;

/** Kernels that take a range first. */
export type TrainKernel = {
  [K in keyof TrainKernels]: TrainKernels[K] extends (begin: number, end: number, ...rest: never[]) => void ? K : never;
}[keyof TrainKernels];
