import { ACTIVATIONS } from '../activations.ts';
import type { Epilogue } from '../backend.ts';

/** An epilogue goes to the core as its index here. */
export const EPILOGUES: readonly Epilogue[] = ['store', 'add', ...ACTIVATIONS];

/** Kernels with little work in a unit (a row, or a column of the mean): threads split them by several units at once. */
export const LIGHT_KERNELS: readonly (keyof Kernels)[] = [
  'layer_norm',
  'softmax',
  'patchify',
  'mean_rows',
  'copy_rows',
  'add_rows',
  'blend_rows',
  'attention_probabilities',
];

type Range = [begin: number, end: number];
type OutRows = [out: number, outStride: number];
type Rows = [x: number, xStride: number];
/** Channels-last maps: the address of pixel (0, 0), then the strides. */
type OutMap = [out: number, outRowStride: number, outPixelStride: number];
type InMap = [x: number, xRowStride: number, xPixelStride: number];
type Sizes = [outHeight: number, outWidth: number, height: number, width: number, cols: number];
type Weights = [w: number, n: number, k: number, scale: number, shift: number, epilogue: number];
type Heads = [tokens: number, heads: number, headDim: number];
type Bias = [bias: number, gridHeight: number, gridWidth: number, headMask: number];
type Taps = [size: number, starts: number, counts: number, weights: number, taps: number];

type Attention = (
  ...args: [...Range, ...OutRows, qkv: number, qkvStride: number, ...Heads, ...Bias, scratch: number]
) => void;
type Resample = (...args: [...Range, ...OutRows, ...Rows, ...Taps]) => void;

/**
 * The exports of the core (`core-as/index.ts`), the one ABI between TypeScript and WebAssembly. Every kernel takes a
 * half-open range of its independent axis, the output, the inputs, the sizes, and last its scratch. Pointers are bytes,
 * strides are f32 elements from row to row, 0 is an absent pointer, `dtype` is an index of `DTYPES`. Kernels never check
 * and never throw.
 */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** The first byte that is free for the arena. */
  readonly heapBase: WebAssembly.Global;
  /** 1 in the builds with relaxed SIMD. */
  readonly relaxed: WebAssembly.Global;
  /** 1 in the builds with fused arithmetic. */
  readonly fused: WebAssembly.Global;
  /** Which instructions the micro-kernels use (core-as/gemm/forms.ts); results do not depend on it. */
  readonly form: WebAssembly.Global;
  /** Probes write 64 bytes at `scratch`, a multiple of 16. 1 when the integer dot of this build gives the exact sums. */
  dot_is_exact(scratch: number): number;
  /** Sets `form` to what is fast on this processor and returns it. */
  choose_form(scratch: number): number;
  /** Tells how the relaxed dot is computed: 512 on ARM, −130560 on x64 with AVX-VNNI, −65536 on other x64; strict: 0. */
  dot_of_extremes(scratch: number): number;
  /** 1 when the relaxed multiply-add rounds once; strict: 0. */
  madd_is_fused(scratch: number): number;

  /**
   * Units. out[i, :n] = epilogue(scale ⊙ (x[i, :k]·Wᵀ) + shift) for rows 0 to `rows`; `epilogue` is an index of
   * {@link EPILOGUES}. A unit is one register tile of rows in a quarter of the columns, quarter by quarter.
   */
  linear(...args: [...Range, rows: number, ...OutRows, ...Rows, ...Weights, dtype: number, scratch: number]): void;
  /** Units of so many rows. */
  linear_units(rows: number, dtype: number): number;
  /** Bytes of n × k packed weights, a multiple of 64. */
  linear_bytes(n: number, k: number, dtype: number): number;
  /** Bytes of one thread's scratch, which begins at a multiple of 16, for a layer of k inputs. */
  linear_scratch(k: number, dtype: number): number;
  /** Packs f32 rows [begin, end) from src [end − begin, k] into w, rounded or quantized; any order, any chunks of rows. */
  pack(...args: [...Range, w: number, src: number, n: number, k: number, dtype: number]): void;
  /** The inverse: rows [begin, end) of w as f32 into dst [end − begin, k]. */
  unpack(...args: [...Range, dst: number, w: number, k: number, dtype: number]): void;
  /**
   * Packs rows that are quantized already, `scales` [end − begin]. q8: `bytes` [end − begin, k] of signed q in −127…127,
   * w ≈ scale·q. q4: `bytes` [end − begin, 17·⌈k/32⌉], for a block of 32 weights its 16 bytes of codes (byte p holds value
   * p and, in its upper half, 16 + p) and the block scale m in −127…127; w ≈ scale·((m·LEVEL[code] + 32) >> 6).
   */
  pack_quantized(
    ...args: [...Range, w: number, bytes: number, scales: number, n: number, k: number, dtype: number]
  ): void;
  /** The inverse of {@link Kernels.pack_quantized}. */
  unpack_quantized(...args: [...Range, bytes: number, scales: number, w: number, k: number, dtype: number]): void;

  /**
   * Output image rows of a 3×3 convolution with padding 1 on a channels-last map. x is the first pixel of a map stored
   * with a border of one zero pixel, so `xPixelStride` = c; out is output pixel (0, 0), which may be in such a map too.
   * w is packed as f32 from [n, 3·3·c], order (ky, kx, c), and `k` is c; scratch as for f32 {@link Kernels.linear} of 9·c.
   */
  conv_f32(...args: [...Range, ...OutMap, ...InMap, width: number, ...Weights, scratch: number]): void;
  /** Output image rows of a 1×1 convolution between channels-last maps of any strides: `linear` on every pixel, f32. */
  conv1x1_f32(...args: [...Range, ...OutMap, ...InMap, width: number, ...Weights, scratch: number]): void;
  /** Output image rows of the largest of every 2×2 pixels; `width` is that of out. */
  max_pool(...args: [...Range, ...OutMap, ...InMap, width: number, cols: number]): void;
  /** Output image rows. Pixel (i, j) is the mean over rows ⌊i·h/h'⌋ to ⌈(i + 1)·h/h'⌉ of x and columns alike. */
  adaptive_avg_pool(...args: [...Range, ...OutMap, ...InMap, ...Sizes]): void;
  /**
   * Output image rows of x resized bilinearly without antialias, every product and sum rounded to f32, columns before
   * rows; stored, or added with `add` 1. `aligned` is torch's align_corners.
   */
  resize_bilinear(...args: [...Range, ...OutMap, ...InMap, ...Sizes, add: number, aligned: number]): void;
  /** Image rows. out = x, or max(x, 0) with `rectify` 1, pixel by pixel. */
  copy_map(...args: [...Range, ...OutMap, ...InMap, width: number, cols: number, rectify: number]): void;
  /** Image rows of x. out[c, y·width + x] = pixel (y, x), channel c; out is [cols, pixels] with a stride. */
  channels_first(...args: [...Range, ...OutRows, ...InMap, width: number, cols: number]): void;

  /** Rows. out = γ ⊙ (x − μ)/√(σ² + eps) + β. */
  layer_norm(...args: [...Range, ...OutRows, ...Rows, gamma: number, beta: number, cols: number, eps: number]): void;
  /** Rows. */
  softmax(...args: [...Range, ...OutRows, ...Rows, cols: number]): void;
  /**
   * Units: images × heads × blocks of query rows; see {@link Kernels.attention_units}. `bias` is [heads, D + 3] with
   * D = (2·gridHeight − 1)(2·gridWidth − 1): first the distances, row dy = yq − yk + gridHeight − 1, each row mirrored
   * along x (column gridWidth − 1 − xq + xk), so that the keys of one grid row are contiguous; then class→any,
   * any→class, class→class. Scores are q·kᵀ·headDim^−½ + bias.
   */
  attention: Attention;
  attention_units(images: number, heads: number, tokens: number): number;
  attention_scratch(tokens: number, headDim: number): number;
  /** The same with both products in exact integers; their operands are quantized to 7 and 8 bits. */
  attention_q8: Attention;
  attention_units_q8(images: number, heads: number, tokens: number): number;
  attention_scratch_q8(tokens: number, headDim: number): number;
  /** Query rows of one head of one image; out is [tokens, tokens] with a stride. */
  attention_probabilities(
    ...args: [...Range, ...OutRows, qkv: number, qkvStride: number, ...Heads, head: number, ...Bias, scratch: number]
  ): void;
  /** Patch rows, images one after the other. Pixels beyond the last whole patch are dropped. */
  patchify(
    ...args: [...Range, ...OutRows, pixels: number, channels: number, height: number, width: number, patchSize: number]
  ): void;
  /** Columns. out[c] = mean over `rows` rows of x. */
  mean_rows(...args: [...Range, out: number, ...Rows, rows: number]): void;
  /** Rows. out = x; xStride 0 repeats one row. */
  copy_rows(...args: [...Range, ...OutRows, ...Rows, cols: number]): void;
  /** Rows. out += x; xStride 0 repeats one row. */
  add_rows(...args: [...Range, ...OutRows, ...Rows, cols: number]): void;
  /** Rows. out[i] = out[i]·(1 − mask[i]) + row·mask[i]. */
  blend_rows(...args: [...Range, ...OutRows, row: number, mask: number, cols: number]): void;

  /**
   * Rows of RGB bytes, strides in bytes. The first pass of Pillow's 8-bit resize, to `size` pixels a row: output pixel i is
   * clip8((2²¹ + Σ_t weights[i, t]·x[starts[i] + t]) >> 22), t < counts[i]; starts and counts are i32 [size], weights
   * i32 [size, taps]. Only rows that the second pass reads need to be computed.
   */
  resample_horizontal: Resample;
  /** Output rows of `size` bytes, strides in bytes: the second pass, the same sum down the columns. */
  resample_vertical: Resample;
}
