// Attention with dropout on the probabilities, as the forward pass of training needs it: the mask of element
// (image, head, query, key) comes from a counter.
import { QUERIES, PANEL, TILE_ROWS, score_stride, scores_at, sums_at, values_at } from "../attention/layout_f32";
import { pack_keys, pack_values } from "../attention/pack_f32";
import { distances } from "../attention/relative_bias";
import { exp_scores } from "../attention/scores";
import { microkernel_f32_2x16 } from "../gemm/microkernel_f32_2x16";
import { row_addresses } from "../gemm/row_addresses";
import { store_some } from "../simd/part";
import { drop_row } from "./drop_row";

/** Units [begin, end): images × heads × blocks of query rows, as in `attention`. */
export function attention_dropout(
  begin: usize, end: usize, out: usize, outStride: usize, qkv: usize, qkvStride: usize,
  tokens: usize, heads: usize, headDim: usize,
  bias: usize, gridHeight: usize, gridWidth: usize, rate: f32, key0: i32, key1: i32, scratch: usize,
): void {
  const blocks = (tokens + QUERIES - 1) / QUERIES, stride = qkvStride << 2, outRow = outStride << 2;
  const width = heads * headDim << 2, table = distances(gridHeight, gridWidth) + 3 << 2;
  const scores = scores_at(scratch, tokens, headDim), row = score_stride(tokens) << 2;
  for (let unit = begin; unit < end; ++unit) {
    const owner = unit / blocks, head = owner % heads, first = unit % blocks * QUERIES;
    const token = owner / heads * tokens, column = head * headDim << 2, q = qkv + token * stride + column;
    pack_keys(scratch, q + width, stride, tokens, headDim);
    pack_values(values_at(scratch, tokens, headDim), q + 2 * width, stride, tokens, headDim);
    const count = min(QUERIES, tokens - first);
    exp_scores(scratch, q, stride, first, count, tokens, headDim, bias ? bias + head * table : 0, gridHeight, gridWidth);
    for (let i: usize = 0; i < count; ++i) {
      const at = scores + i * row;
      drop_row(at, at, tokens, (owner * tokens + first + i) * tokens, rate, key0, key1);
    }
    mix(out + (token + first) * outRow + column, outRow, scratch, count, tokens, headDim);
  }
}

/** out[i] = Σ_t scores[i][t]·v[t]/sums[i]. */
function mix(out: usize, outRow: usize, scratch: usize, count: usize, tokens: usize, headDim: usize): void {
  const sums = sums_at(scratch, tokens, headDim), addresses = sums + (QUERIES << 2), tile = addresses + (QUERIES << 2);
  row_addresses(addresses, scores_at(scratch, tokens, headDim), score_stride(tokens) << 2, count, TILE_ROWS);
  let panel = values_at(scratch, tokens, headDim);
  for (let j: usize = 0; j < headDim; j += PANEL, panel += tokens * PANEL << 2) {
    for (let i: usize = 0; i < count; ++i) {
      if ((i & 1) == 0) microkernel_f32_2x16(tile, addresses + (i << 2), panel, tokens, 1, 0);
      const from = tile + (i & 1) * (PANEL << 2), to = out + i * outRow + (j << 2);
      const factor = f32x4.splat(1 / load<f32>(sums + (i << 2)));
      for (let c: usize = 0; c < min(PANEL, headDim - j); c += 4) {
        store_some(to + (c << 2), f32x4.mul(v128.load(from + (c << 2)), factor), min<usize>(4, headDim - j - c));
      }
    }
  }
}
