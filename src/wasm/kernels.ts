/**
 * The exports of the core (`core-as/index.ts`), the one ABI between TypeScript and WebAssembly. Every kernel takes a
 * half-open range of its independent axis, the output, the inputs, the sizes, and last its scratch. Pointers are bytes,
 * strides are f32 elements from row to row, 0 stands for an absent pointer. Kernels never check and never throw.
 */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** First byte the host may use. */
  readonly heapBase: WebAssembly.Global;
  /** 1 in the builds with relaxed SIMD. */
  readonly relaxed: WebAssembly.Global;
  /** 1 when the integer dot of this build gives the exact sums; writes 64 bytes at `scratch`, a multiple of 16. */
  dot_is_exact(scratch: number): number;

  /**
   * Units. out[i, :n] = epilogue(scale ⊙ (x[i, :k]·Wᵀ) + shift) for rows 0 to `rows`; `epilogue` is an {@link EPILOGUES}
   * index. A unit is one register tile of rows in a quarter of the columns, quarter by quarter.
   */
  linear_f32: Linear;
  linear_f16: Linear;
  linear_bf16: Linear;
  linear_q8: Linear;
  linear_q4: Linear;
  /** Units of so many rows: of f32, f16 and bf16 weights, and of q8 and q4. */
  linear_units_f32(rows: number): number;
  linear_units_q8(rows: number): number;
  /** Bytes of n × k packed weights, a multiple of 64. */
  linear_bytes_f32: LinearBytes;
  linear_bytes_f16: LinearBytes;
  linear_bytes_bf16: LinearBytes;
  linear_bytes_q8: LinearBytes;
  linear_bytes_q4: LinearBytes;
  /** Bytes of one thread's scratch, which begins at a multiple of 16, for a layer of k inputs. */
  linear_scratch_f32: LinearScratch;
  linear_scratch_f16: LinearScratch;
  linear_scratch_bf16: LinearScratch;
  linear_scratch_q8: LinearScratch;
  linear_scratch_q4: LinearScratch;
  /** Packs f32 rows [begin, end) from src [end − begin, k] into w, rounded or quantised; any order, any chunks of rows. */
  pack_f32: Pack;
  pack_f16: Pack;
  pack_bf16: Pack;
  pack_q8: Pack;
  pack_q4: Pack;
  /** The inverse: rows [begin, end) of w as f32 into dst [end − begin, k]. */
  unpack_f32: Unpack;
  unpack_f16: Unpack;
  unpack_bf16: Unpack;
  unpack_q8: Unpack;
  unpack_q4: Unpack;
  /** Rows quantised elsewhere: `bytes` [end − begin, k] of signed q in −127…127, `scales` [end − begin]; w ≈ scale·q. */
  pack_q8_raw(begin: number, end: number, w: number, bytes: number, scales: number, n: number, k: number): void;
  /** The inverse of {@link Kernels.pack_q8_raw}. */
  unpack_q8_raw(begin: number, end: number, bytes: number, scales: number, w: number, n: number, k: number): void;

  /**
   * The same for 4 bits: `bytes` [end − begin, 17·⌈k/32⌉], a block of 32 weights its 16 bytes of codes (byte p holds value
   * p and, in its upper half, 16 + p) and the factor m in −127…127; w ≈ scale·((m·LEVEL[code] + 32) >> 6).
   */
  pack_q4_raw(begin: number, end: number, w: number, bytes: number, scales: number, n: number, k: number): void;
  unpack_q4_raw(begin: number, end: number, bytes: number, scales: number, w: number, n: number, k: number): void;

  /**
   * Output image rows of a 3×3 convolution with padding 1 on a channels-last map. x is the first pixel of a map stored
   * with a border of one zero pixel, so `xPixelStride` = c; out is output pixel (0, 0), which may lie in such a map too.
   * w is packed by {@link Kernels.pack_f32} from [n, 3·3·c], order (ky, kx, c); scratch as {@link Kernels.linear_f32}.
   */
  conv_f32(
    begin: number,
    end: number,
    out: number,
    outRowStride: number,
    outPixelStride: number,
    x: number,
    xRowStride: number,
    xPixelStride: number,
    width: number,
    w: number,
    n: number,
    c: number,
    scale: number,
    shift: number,
    epilogue: number,
    scratch: number,
  ): void;

  /** Output image rows of a 1×1 convolution between channels-last maps of any strides: `linear_f32` on every pixel. */
  conv1x1_f32(
    begin: number,
    end: number,
    out: number,
    outRowStride: number,
    outPixelStride: number,
    x: number,
    xRowStride: number,
    xPixelStride: number,
    width: number,
    w: number,
    n: number,
    k: number,
    scale: number,
    shift: number,
    epilogue: number,
    scratch: number,
  ): void;

  /** Output image rows of the largest of every 2×2 pixels; both maps point at pixel (0, 0), `width` is that of out. */
  max_pool(
    begin: number,
    end: number,
    out: number,
    outRowStride: number,
    outPixelStride: number,
    x: number,
    xRowStride: number,
    xPixelStride: number,
    width: number,
    cols: number,
  ): void;
  /** Output image rows. Pixel (i, j) is the mean over rows ⌊i·h/h'⌋ to ⌈(i + 1)·h/h'⌉ of x and columns alike. */
  adaptive_avg_pool: Resample;
  /**
   * Output image rows of x resized bilinearly (align_corners = false, no antialias), every product and sum rounded to
   * f32, columns before rows; stored, or added with `add` 1.
   */
  resize_bilinear(...args: [...Parameters<Resample>, add: number]): void;
  /** Image rows of x. out[c, y·width + x] = pixel (y, x), channel c; out is [cols, pixels] with a stride. */
  channels_first(
    begin: number,
    end: number,
    out: number,
    outStride: number,
    x: number,
    xRowStride: number,
    xPixelStride: number,
    width: number,
    cols: number,
  ): void;

  /** Rows. out = γ ⊙ (x − μ)/√(σ² + eps) + β. */
  layer_norm(
    begin: number,
    end: number,
    out: number,
    outStride: number,
    x: number,
    xStride: number,
    gamma: number,
    beta: number,
    cols: number,
    eps: number,
  ): void;
  /** Rows. */
  softmax(begin: number, end: number, out: number, outStride: number, x: number, xStride: number, cols: number): void;
  /**
   * Units: images × heads × blocks of query rows; see {@link Kernels.attention_units}. `bias` is [heads, D + 3] with
   * D = (2·gridHeight − 1)(2·gridWidth − 1): first the distances, row dy = yq − yk + gridHeight − 1, each row mirrored
   * along x (column gridWidth − 1 − xq + xk), so that the keys of one grid row are contiguous; then class→any,
   * any→class, class→class. Scores are q·kᵀ·headDim^−½ + bias.
   */
  attention: Attention;
  attention_units(images: number, heads: number, tokens: number): number;
  attention_scratch(tokens: number, headDim: number): number;
  /** The same with both products in exact integers, their operands quantised to 7 and 8 bits on the way. */
  attention_q8: Attention;
  attention_units_q8(images: number, heads: number, tokens: number): number;
  attention_scratch_q8(tokens: number, headDim: number): number;
  /** Query rows of one head of one image; out is [tokens, tokens] with a stride. */
  attention_probabilities(
    begin: number,
    end: number,
    out: number,
    outStride: number,
    qkv: number,
    qkvStride: number,
    tokens: number,
    heads: number,
    headDim: number,
    head: number,
    bias: number,
    gridHeight: number,
    gridWidth: number,
    headMask: number,
    scratch: number,
  ): void;
  /** Patch rows, images one after the other. Pixels beyond the last whole patch are dropped. */
  patchify(
    begin: number,
    end: number,
    out: number,
    outStride: number,
    pixels: number,
    channels: number,
    height: number,
    width: number,
    patchSize: number,
  ): void;
  /** Columns. out[c] = mean over `rows` rows of x. */
  mean_rows(begin: number, end: number, out: number, x: number, xStride: number, rows: number): void;
  /** Rows. out = x (copy_rows) or out += x (add_rows); xStride 0 repeats one row. */
  copy_rows: Rows;
  add_rows: Rows;
  /** Rows. out[i] = out[i]·(1 − mask[i]) + row·mask[i]. */
  blend_rows(begin: number, end: number, out: number, outStride: number, row: number, mask: number, cols: number): void;

  /**
   * Rows of RGB bytes, strides in bytes. The first pass of Pillow's 8-bit resize, to `size` pixels a row: output pixel i is
   * clip8((2²¹ + Σ_t weights[i, t]·x[starts[i] + t]) >> 22), t < counts[i]; starts and counts are i32 [size], weights
   * i32 [size, taps]. Of the rows only those are due that the second pass reads.
   */
  resample_horizontal: ResampleBytes;
  /** Output rows of `size` bytes, strides in bytes: the second pass, the same sum down the columns. */
  resample_vertical: ResampleBytes;
}

type Resample = (
  begin: number,
  end: number,
  out: number,
  outRowStride: number,
  outPixelStride: number,
  x: number,
  xRowStride: number,
  xPixelStride: number,
  outHeight: number,
  outWidth: number,
  height: number,
  width: number,
  cols: number,
) => void;
type Linear = (
  begin: number,
  end: number,
  rows: number,
  out: number,
  outStride: number,
  x: number,
  xStride: number,
  w: number,
  n: number,
  k: number,
  scale: number,
  shift: number,
  epilogue: number,
  scratch: number,
) => void;
type Attention = (
  begin: number,
  end: number,
  out: number,
  outStride: number,
  qkv: number,
  qkvStride: number,
  tokens: number,
  heads: number,
  headDim: number,
  bias: number,
  gridHeight: number,
  gridWidth: number,
  headMask: number,
  scratch: number,
) => void;
type Pack = (begin: number, end: number, w: number, src: number, n: number, k: number) => void;
type LinearBytes = (n: number, k: number) => number;
type LinearScratch = (k: number) => number;
type Unpack = (begin: number, end: number, dst: number, w: number, n: number, k: number) => void;
type ResampleBytes = (
  begin: number,
  end: number,
  out: number,
  outStride: number,
  x: number,
  xStride: number,
  size: number,
  starts: number,
  counts: number,
  weights: number,
  taps: number,
) => void;
type Rows = (
  begin: number,
  end: number,
  out: number,
  outStride: number,
  x: number,
  xStride: number,
  cols: number,
) => void;
