// out = softmax(q·kᵀ·headDim^−½ + bias)·headMask, [tokens, tokens] of one head of the image that qkv points at.
import { QUERIES, score_stride, scores_at, sums_at } from "./layout_f32";
import { pack_keys } from "./pack_f32";
import { distances } from "./relative_bias";
import { exp_scores } from "./scores";
import { row_scale } from "../simd/row";

/** Query rows [begin, end). */
export function attention_probabilities(
  begin: usize, end: usize, out: usize, outStride: usize, qkv: usize, qkvStride: usize,
  tokens: usize, heads: usize, headDim: usize, head: usize,
  bias: usize, gridHeight: usize, gridWidth: usize, headMask: usize, scratch: usize,
): void {
  const stride = qkvStride << 2, row = score_stride(tokens) << 2;
  const q = qkv + (head * headDim << 2);
  const table = bias ? bias + head * (distances(gridHeight, gridWidth) + 3 << 2) : 0;
  const mask: f32 = headMask ? load<f32>(headMask + (head << 2)) : 1;
  const scores = scores_at(scratch, tokens, headDim), sums = sums_at(scratch, tokens, headDim);
  if (begin < end) pack_keys(scratch, q + (heads * headDim << 2), stride, tokens, headDim);
  // blocks of queries, whose scores fit the cache
  for (let first = begin; first < end; first += QUERIES) {
    const count = min(QUERIES, end - first);
    exp_scores(scratch, q, stride, first, count, tokens, headDim, table, gridHeight, gridWidth);
    // rows of the block
    for (let i: usize = 0; i < count; ++i) {
      const to = out + ((first + i) * outStride << 2);
      row_scale(to, scores + i * row, tokens, mask / load<f32>(sums + (i << 2)));
    }
  }
}
