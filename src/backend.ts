import type { Activation } from './activations.ts';
import type { Dtype } from './dtype.ts';
import type { Place } from './place.ts';

/** What a backend keeps of a tensor, a linear layer and a norm. The model is generic in these and cannot look inside. */
export interface Kinds {
  tensor: unknown;
  linear: unknown;
  norm: unknown;
}

/** What a linear layer does with each result: keep it, add it to what is stored there, or send it through an activation. */
export type Epilogue = 'store' | 'add' | Activation;

/** Rows of a quantized layer, `quantizedRowBytes` each, and a scale a row. */
export interface QuantizedRows {
  readonly bytes: Uint8Array;
  readonly scales: Float32Array;
}

/** Rows of k numbers to integers and back, as the core does both. */
export interface Quantizer {
  quantize(rows: Float32Array, k: number): QuantizedRows;
  dequantize(rows: QuantizedRows, k: number): Float32Array;
}

/** The images of a batch as `patchify` sees them: `[images, channels, height, width]`, unit: pixels. */
export interface ImageShape {
  readonly images: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** One multi-head attention over the rows of `images` images of `tokens` rows each. */
export interface AttentionShape<K extends Kinds> {
  readonly images: number;
  readonly tokens: number;
  readonly heads: number;
  /** Patch grid behind the tokens; token 0 is the class token. */
  readonly grid: { readonly height: number; readonly width: number };
  /** [heads, (2·height − 1)(2·width − 1) + 3] as {@link Backend.writeRelativeBias} stored it, or none. */
  readonly relativeBias: K['tensor'] | null;
  /** [1, heads], multiplied into the probabilities, or none. */
  readonly headMask: K['tensor'] | null;
  /** Whether the two products go through 8-bit integers, as the linear layers of a quantized model do. */
  readonly quantized?: boolean;
}

/** A channels-last picture in the rows of a tensor: pixel (y, x) is row `origin + y · pitch + x · step`. */
export interface FeatureMap<K extends Kinds> {
  readonly tensor: K['tensor'];
  readonly height: number;
  readonly width: number;
  readonly origin: number;
  readonly pitch: number;
  readonly step: number;
}

/** What segmentation and the feature pyramid need: ops on channels-last maps. */
export interface MapOps<K extends Kinds> {
  /** A 1×1 convolution: `linear` on every pixel. f32 weights. */
  conv1x1(out: FeatureMap<K>, x: FeatureMap<K>, w: K['linear'], epilogue?: Epilogue): void;
  /**
   * A 3×3 convolution with padding 1, weight rows in the order (ky, kx, channel), f32. The padding is memory: x has step 1,
   * whole rows, and a border of one pixel that {@link MapOps.clearBorder} made zero.
   */
  conv3x3(out: FeatureMap<K>, x: FeatureMap<K>, w: K['linear'], epilogue?: Epilogue): void;
  /** The pixels around a map of step 1 and pitch width + 2 become zero. */
  clearBorder(map: FeatureMap<K>): void;
  /** The largest of every 2×2 pixels, in steps of 2; an odd last row or column is dropped. */
  maxPool(out: FeatureMap<K>, x: FeatureMap<K>): void;
  /** out (i, j) = the mean over rows ⌊i·h/h'⌋ to ⌈(i + 1)·h/h'⌉ and columns alike. */
  averagePool(out: FeatureMap<K>, x: FeatureMap<K>): void;
  /** out = x resized to its size bilinearly without antialias, or out += that. `alignCorners` as in torch; default false. */
  resizeBilinear(out: FeatureMap<K>, x: FeatureMap<K>, epilogue?: 'store' | 'add', alignCorners?: boolean): void;
  /** out = x, or max(x, 0); both of one size, each with pitch and step of its own. */
  copyMap(out: FeatureMap<K>, x: FeatureMap<K>, epilogue?: 'store' | 'relu'): void;
  /** out[c, y · width + x] = pixel (y, x), channel c. */
  channelsFirst(out: K['tensor'], x: FeatureMap<K>): void;
}

/** Ops on rows. */
export interface RowOps<K extends Kinds> {
  /** out = x; a single row of x is repeated. */
  copy(out: K['tensor'], x: K['tensor']): void;
  /** out += x; a single row of x is repeated. */
  add(out: K['tensor'], x: K['tensor']): void;
  /** out[i] = out[i]·(1 − mask[i]) + row·mask[i]; `row` is [1, cols], `mask` [1, rows]. */
  blend(out: K['tensor'], row: K['tensor'], mask: K['tensor']): void;
  /** Row n of image b is the flattened patch n, channels outermost: [images·patches, channels·size·size]. */
  patchify(out: K['tensor'], pixels: K['tensor'], image: ImageShape, patchSize: number): void;
  /** out = epilogue(scale ⊙ (x · Wᵀ) + shift). */
  linear(out: K['tensor'], x: K['tensor'], w: K['linear'], epilogue?: Epilogue): void;
  /** Over the last dimension, with the biased variance. */
  layerNorm(out: K['tensor'], x: K['tensor'], w: K['norm']): void;
  /** out = softmax(q·kᵀ/√d + bias)·v, heads side by side; qkv is [images·tokens, 3·dim]. */
  attention(out: K['tensor'], qkv: K['tensor'], shape: AttentionShape<K>): void;
  /** out = the (masked) probabilities [tokens, tokens] of one head of one image. */
  attentionProbabilities(
    out: K['tensor'],
    qkv: K['tensor'],
    shape: AttentionShape<K>,
    image: number,
    head: number,
  ): void;
  /** out[0] = the mean of all rows of x. */
  meanRows(out: K['tensor'], x: K['tensor']): void;
}

/** Every op writes its first argument, allocates nothing, and returns at once. */
export interface Ops<K extends Kinds> extends RowOps<K>, MapOps<K> {}

/**
 * A device that runs the ops. Lifecycle: reserve everything (`reserveLinear`, `reserveNorm`, `alloc`: pure arithmetic), `commit()`
 * once (memory grows to exactly that), fill (`put…`, `write`), then run ops. After `mark()`, a `reset` drops what was
 * reserved behind the mark, so that buffers for another input size take the same place.
 */
export interface Backend<K extends Kinds> extends Ops<K> {
  readonly name: string;
  /** Reserves an n × k linear layer, weights kept as `dtype`. {@link Backend.putVectors} has to follow. */
  reserveLinear(n: number, k: number, dtype?: Dtype): K['linear'];
  /** Reserves a norm over `cols` columns. */
  reserveNorm(cols: number, eps: number): K['norm'];
  /** Reserves rows × cols of f32. */
  alloc(rows: number, cols: number): K['tensor'];
  /** Reserves what attention over `tokens` rows of heads of `headDim` works in. */
  planAttention(tokens: number, headDim: number): void;
  /** Rows [begin, end) of `t`, sharing its storage. */
  rows(t: K['tensor'], begin: number, end: number): K['tensor'];
  /** Columns [begin, end) of `t`, sharing its storage. */
  cols(t: K['tensor'], begin: number, end: number): K['tensor'];

  /** Bytes of the parameters and tensors reserved so far. */
  readonly allocated: number;
  /** Those, and what kernels work in. */
  readonly reserved: number;
  /** Bytes in use since the last commit. */
  readonly committed: number;
  /** Grows memory to what is reserved. @throws `OutOfMemory` naming needed and available bytes. */
  commit(): void;
  /** Where kernels are compiled at run time: compiles those that `pass` calls, while others load; nothing is computed. */
  compile?(pass: () => void): void;
  mark(): number;
  reset(mark: number): void;

  /** Packs or quantizes rows [begin, begin + rows.length / k) of a linear layer: here and nowhere else. */
  putRows(w: K['linear'], begin: number, rows: Float32Array): void;
  /** Where rows [begin, end) may be read to before `putRows` packs them there; undefined where they would be in the way of others. */
  placeOfRows?(w: K['linear'], begin: number, end: number): Place | undefined;
  /** Bytes of one row of a quantized layer as it is saved, 0 for layers that hold numbers. */
  quantizedRowBytes(w: K['linear']): number;
  /** Rows quantized before, as {@link Backend.readQuantizedRows} gives them; nothing is rounded again. */
  putQuantizedRows(w: K['linear'], begin: number, rows: QuantizedRows): void;
  readQuantizedRows(w: K['linear'], begin: number, end: number): QuantizedRows | Promise<QuantizedRows>;
  /** Sets scale and shift of a linear layer, each [n] or null for ones and zeros. */
  putVectors(w: K['linear'], scale: Float32Array | null, shift: Float32Array | null): void;
  putNorm(w: K['norm'], gamma: Float32Array, beta: Float32Array): void;
  /** Rows [begin, end) of a linear layer as f32, dequantized. */
  readRows(w: K['linear'], begin: number, end: number): Float32Array | Promise<Float32Array>;

  write(t: K['tensor'], data: Float32Array): void;
  /** Lays out a relative position bias table, [distances, heads] in CPU memory, over the distances of `grid`, as attention reads it. */
  writeRelativeBias(t: K['tensor'], table: Float32Array, grid: AttentionShape<K>['grid']): void;
  read(t: K['tensor']): Promise<Float32Array>;
  dispose(): void;
}
