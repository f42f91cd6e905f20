import type { Activation } from '../activations.ts';
import type { AttentionShape, Backend, FeatureMap, ImageShape, Kinds, Ops } from '../backend.ts';

/** Which of two 32-bit streams of random bits a dropout draws from: the same key draws the same mask. */
export interface DropoutKey {
  readonly rate: number;
  readonly key0: number;
  readonly key1: number;
}

/** What an op does with its result: keep it, or add it to what is there. */
export type Accumulation = 'store' | 'add';

/** Maps of several images behind each other in the rows of a tensor. */
export interface MapSize {
  readonly images: number;
  readonly height: number;
  readonly width: number;
}

type ForwardOps = 'copy' | 'add' | 'blend' | 'patchify' | 'linear' | 'layerNorm' | 'meanRows';
type ForwardMapOps = 'clearBorder' | 'copyMap' | 'maxPool' | 'averagePool' | 'resizeBilinear';

/** What carries gradients through the ops of segmentation. Maps are those of one image, tensors have all images. */
export interface MapGradOps<K extends Kinds> extends Pick<Ops<K>, ForwardMapOps> {
  /** A 3×3 convolution from bordered maps [B·(h + 2)·(w + 2), c] to plain ones [B·h·w, n]; the border of x is zero. */
  conv3x3(out: K['tensor'], x: K['tensor'], w: K['linear'], size: MapSize): void;
  /** dx [B·h·w, c] += …; dy and x are bordered, the border of dy is zero. */
  conv3x3Backward(dx: K['tensor'], dy: K['tensor'], x: K['tensor'], w: K['linear'], size: MapSize): void;
  /** dx += …, to the first of the largest pixels. */
  maxPoolBackward(dx: FeatureMap<K>, dy: FeatureMap<K>, x: FeatureMap<K>): void;
  /** dx += … */
  averagePoolBackward(dx: FeatureMap<K>, dy: FeatureMap<K>): void;
  /** dx += … */
  resizeBilinearBackward(dx: FeatureMap<K>, dy: FeatureMap<K>): void;
  /**
   * statistics [5, cols] = the mean of each column of x, 1/√(variance + eps), and the biased variance; then what single
   * precision leaves of the first two.
   */
  batchStatistics(statistics: K['tensor'], x: K['tensor'], w: K['norm']): void;
  /** out = γ·(x − mean)/√(variance + eps) + β. */
  batchNorm(out: K['tensor'], x: K['tensor'], w: K['norm'], statistics: K['tensor']): void;
  /** dx = …, in place of dy if wanted; dγ and dβ are added to. `means` [4, cols] is a scratch buffer; `frozen` statistics are not those of x. */
  batchNormBackward(
    dx: K['tensor'],
    dy: K['tensor'],
    x: K['tensor'],
    w: K['norm'],
    statistics: K['tensor'],
    means: K['tensor'],
    frozen: boolean,
  ): void;
}

/**
 * The seam of training: the forward ops of `src/backend.ts` that training uses, and for each what carries a gradient back.
 * `d` before a name is the gradient of the loss with respect to it. Gradients of weights are added to where the backend
 * keeps them, and only for weights that are trained.
 */
export interface GradOps<K extends Kinds>
  extends MapGradOps<K>,
    Pick<Ops<K>, ForwardOps>,
    Pick<Backend<K>, 'rows' | 'cols' | 'write'> {
  /** out = activation(x); training keeps x, so it is an op of its own. */
  activate(out: K['tensor'], x: K['tensor'], activation: Activation): void;
  /** dx = dy ⊙ activation′(x). */
  activationBackward(dx: K['tensor'], dy: K['tensor'], x: K['tensor'], activation: Activation): void;
  /** dx (+)= (scale ⊙ dy)·W, unless dx is null; dW += dyᵀ·x and dshift += Σ dy, both before the scale. */
  linearBackward(dx: K['tensor'] | null, dy: K['tensor'], x: K['tensor'], w: K['linear'], then?: Accumulation): void;
  /** dx (+)= …, dγ and dβ are added to. */
  layerNormBackward(dx: K['tensor'], dy: K['tensor'], x: K['tensor'], w: K['norm'], then?: Accumulation): void;
  /** Attention, with dropout on the probabilities where a key is given. */
  attend(out: K['tensor'], qkv: K['tensor'], shape: AttentionShape<K>, dropout: DropoutKey | null): void;
  /** dqkv = …; dTable += the gradient of the relative bias, laid out as attention reads it, unless it is null. */
  attendBackward(
    dqkv: K['tensor'],
    dOut: K['tensor'],
    qkv: K['tensor'],
    shape: AttentionShape<K>,
    dTable: K['tensor'] | null,
    dropout: DropoutKey | null,
  ): void;
  /** out = x ⊙ mask/(1 − rate); its own gradient. */
  dropout(out: K['tensor'], x: K['tensor'], key: DropoutKey): void;
  /** out[0] (+)= Σ_i weights[i]·x[i]; `weights` [1, rows] or null for ones. */
  sumRows(out: K['tensor'], x: K['tensor'], weights: K['tensor'] | null, then?: Accumulation): void;
  /** out[i] (+)= factors[⌊i/group⌋]·x[i]; `factors` [1, rows/group]. */
  scaleRows(out: K['tensor'], x: K['tensor'], factors: K['tensor'], group: number, then?: Accumulation): void;
  /** out[i] (+)= factor·x[⌊i/group⌋]: the gradient of a mean over `group` rows. */
  spreadRows(out: K['tensor'], x: K['tensor'], factor: number, group: number, then?: Accumulation): void;
  /** out [cols, rows] = xᵀ. */
  transpose(out: K['tensor'], x: K['tensor']): void;
  /** The transpose of patchify. */
  unpatchify(pixels: K['tensor'], x: K['tensor'], image: ImageShape, patchSize: number): void;
  /** Every element becomes 0. */
  clear(out: K['tensor']): void;
  /** A copy of a tensor without gaps, at once. */
  readNow(t: K['tensor']): Float32Array;
}
