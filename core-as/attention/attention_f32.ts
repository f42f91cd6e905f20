// out = softmax(q·kᵀ·headDim^−½ + bias)·headMask·v, heads side by side, never with more than QUERIES rows of
// scores in memory. qkv is [images·tokens, 3·heads·headDim].
import { microkernel_f32_2x16 } from "../gemm/microkernel_f32_2x16";
import { row_addresses } from "../gemm/row_addresses";
import { QUERIES, PANEL, TILE_ROWS, score_stride, scores_at, sums_at, values_at } from "./layout_f32";
import { pack_keys, pack_values } from "./pack_f32";
import { distances } from "./relative_bias";
import { exp_scores } from "./scores";
import { store_part } from "../simd/part";

export { attention_scratch, attention_units } from "./layout_f32";

/** Units [begin, end): images × heads × blocks of query rows. */
export function attention(
  begin: usize, end: usize, out: usize, outStride: usize, qkv: usize, qkvStride: usize,
  tokens: usize, heads: usize, headDim: usize,
  bias: usize, gridHeight: usize, gridWidth: usize, headMask: usize, scratch: usize,
): void {
  const blocks = (tokens + QUERIES - 1) / QUERIES, stride = qkvStride << 2, outRow = outStride << 2;
  const width = heads * headDim << 2, table = distances(gridHeight, gridWidth) + 3 << 2;
  let packed: usize = usize.MAX_VALUE;
  // units: a block of queries of one head of one image
  for (let unit = begin; unit < end; ++unit) {
    const owner = unit / blocks, head = owner % heads, first = unit % blocks * QUERIES;
    const token = owner / heads * tokens, column = head * headDim << 2;
    const q = qkv + token * stride + column;
    if (owner != packed) {
      pack_keys(scratch, q + width, stride, tokens, headDim);
      pack_values(values_at(scratch, tokens, headDim), q + 2 * width, stride, tokens, headDim);
      packed = owner;
    }
    const count = min(QUERIES, tokens - first);
    exp_scores(
      scratch, q, stride, first, count, tokens, headDim, bias ? bias + head * table : 0, gridHeight, gridWidth,
    );
    const mask: f32 = headMask ? load<f32>(headMask + (head << 2)) : 1;
    weighted_sum(out + (token + first) * outRow + column, outRow, scratch, count, tokens, headDim, mask);
  }
}

/** out[i] = mask/sums[i]·Σ_t scores[i][t]·v[t]. */
function weighted_sum(
  out: usize, outRow: usize, scratch: usize, count: usize, tokens: usize, headDim: usize, mask: f32,
): void {
  const sums = sums_at(scratch, tokens, headDim), addresses = sums + (QUERIES << 2), tile = addresses + (QUERIES << 2);
  row_addresses(addresses, scores_at(scratch, tokens, headDim), score_stride(tokens) << 2, count, TILE_ROWS);
  let panel = values_at(scratch, tokens, headDim);
  // panels of 16 columns of v
  for (let j: usize = 0; j < headDim; j += PANEL, panel += tokens * PANEL << 2) {
    const cols = min(PANEL, headDim - j);
    // tiles of two queries
    for (let i: usize = 0; i < count; i += TILE_ROWS) {
      microkernel_f32_2x16(tile, addresses + (i << 2), panel, tokens, 1, 0);
      const to = out + i * outRow + (j << 2);
      store_scaled(to, tile, mask / load<f32>(sums + (i << 2)), cols);
      if (i + 1 < count) store_scaled(to + outRow, tile + (PANEL << 2), mask / load<f32>(sums + (i + 1 << 2)), cols);
    }
  }
}

/** out[:cols] = sums·factor. */
// @ts-ignore: decorator
@inline
function store_scaled(out: usize, sums: usize, factor: f32, cols: usize): void {
  const f = f32x4.splat(factor), whole = cols & ~3;
  for (let c: usize = 0; c < whole; c += 4) v128.store(out + (c << 2), f32x4.mul(v128.load(sums + (c << 2)), f));
  if (cols & 3) store_part(out + (whole << 2), f32x4.mul(v128.load(sums + (whole << 2)), f), cols & 3);
}
