// attention_f32.ts with both products in exact integers, by the micro-kernel of the linear layers: 7-bit queries times 8-bit
// keys, 8-bit probabilities times 7-bit values. The center of its column is subtracted from every key first, which changes
// no softmax. The least value of its column is subtracted from every value, and added again after the product, since the
// probabilities of a row add up to one.
import { store_tile } from "../gemm/epilogue";
import { values_bytes } from "../gemm/layout_q8";
import { microkernel_q8 } from "../gemm/microkernel_q8";
import { quantize_row } from "../gemm/quantize_lhs";
import { ROW_HEADER, quantized_row_bytes } from "../gemm/quantized_lhs";
import { row_addresses } from "../gemm/row_addresses";
import { MR_Q8, NR_Q8 } from "../gemm/shape";
import {
  UNIT_ROWS, bias_at, panel_bytes, queries_at, ranges_at, score_bytes, scores_at, tables_at, tile_at, values_at,
  weights_at,
} from "./layout_q8";
import { column_ranges, pack_keys_q8, pack_values_q8 } from "./pack_q8";
import { bias_row, distances } from "./relative_bias";
import { softmax_q8 } from "./softmax_q8";

export { attention_scratch_q8, attention_units_q8 } from "./layout_q8";

/** Units [begin, end): images × heads × blocks of query rows. */
export function attention_q8(
  begin: usize, end: usize, out: usize, outStride: usize, qkv: usize, qkvStride: usize,
  tokens: usize, heads: usize, headDim: usize,
  bias: usize, gridHeight: usize, gridWidth: usize, headMask: usize, scratch: usize,
): void {
  const blocks = (tokens + UNIT_ROWS - 1) / UNIT_ROWS, stride = qkvStride << 2, outRow = outStride << 2;
  const width = heads * headDim << 2, table = distances(gridHeight, gridWidth) + 3 << 2;
  let packed: usize = usize.MAX_VALUE;
  // units: a block of queries of one head of one image
  for (let unit = begin; unit < end; ++unit) {
    const owner = unit / blocks, head = owner % heads, first = unit % blocks * UNIT_ROWS;
    const token = owner / heads * tokens, column = head * headDim << 2;
    const q = qkv + token * stride + column, mask: f32 = headMask ? load<f32>(headMask + (head << 2)) : 1;
    if (owner != packed) {
      pack_head(scratch, q + width, q + 2 * width, stride, tokens, headDim, mask);
      packed = owner;
    }
    const last = min(first + UNIT_ROWS, tokens), to = out + token * outRow + column;
    // tiles of queries: scores, softmax, weighted sum
    for (let i = first; i < last; i += MR_Q8) {
      const count = min(MR_Q8, last - i);
      score(scratch, q + i * stride, stride, count, tokens, headDim);
      const row = bias ? bias_at(scratch, tokens, headDim) : 0;
      // rows of the tile
      for (let r: usize = 0; r < count; ++r) {
        if (row) bias_row(row, i + r, bias + head * table, gridHeight, gridWidth);
        const weights = weights_at(scratch, tokens, headDim) + r * quantized_row_bytes(tokens);
        softmax_q8(weights, scores_at(scratch, tokens, headDim) + r * score_bytes(tokens), row, tokens, mask);
      }
      weighted_sum(to + i * outRow, outRow, scratch, count, tokens, headDim);
    }
  }
}

/** Packs the keys and values of a head; the least values, times mask, stay in the scratch. */
function pack_head(
  scratch: usize, k: usize, v: usize, stride: usize, tokens: usize, headDim: usize, mask: f32,
): void {
  const ranges = ranges_at(scratch, tokens, headDim);
  column_ranges(ranges, k, stride, tokens, headDim);
  pack_keys_q8(scratch, k, stride, tokens, headDim, ranges);
  column_ranges(ranges, v, stride, tokens, headDim);
  pack_values_q8(values_at(scratch, tokens, headDim), v, stride, tokens, headDim, ranges);
  const factor = f32x4.splat(mask);
  // columns of the values
  for (let c: usize = 0; c < headDim; c += 4) {
    v128.store(ranges + (c << 2), f32x4.mul(v128.load(ranges + (c << 2)), factor));
  }
}

/** scores[i] = q[i]·kᵀ·headDim^−½ for `count` queries; rows of the tile beyond them repeat the last query. */
function score(scratch: usize, q: usize, stride: usize, count: usize, tokens: usize, headDim: usize): void {
  const queries = queries_at(scratch, tokens, headDim), size = quantized_row_bytes(headDim);
  const factor: f32 = 1 / sqrt<f32>(<f32>headDim);
  // queries of the tile, the factor in their scales
  for (let r: usize = 0; r < count; ++r, q += stride) {
    const to = queries + r * size;
    quantize_row(to, q, headDim);
    store<f32>(to, load<f32>(to) * factor);
  }
  const rows = tables_at(scratch, tokens, headDim), out = scores_at(scratch, tokens, headDim);
  row_addresses(rows, queries + ROW_HEADER, size, count, MR_Q8);
  let panel = scratch;
  // panels of eight keys
  for (let j: usize = 0; j < tokens; j += NR_Q8, panel += panel_bytes(headDim)) {
    microkernel_q8<u8>(out + (j << 2), score_bytes(tokens), rows, panel, panel + values_bytes(headDim), 0);
  }
}

/** out[i] = Σ_t weights[i][t]·(v[t] − least) + mask·least. */
function weighted_sum(out: usize, outRow: usize, scratch: usize, count: usize, tokens: usize, headDim: usize): void {
  const rows = tables_at(scratch, tokens, headDim), outs = rows + MR_Q8 * sizeof<usize>();
  const tile = tile_at(scratch, tokens, headDim), least = ranges_at(scratch, tokens, headDim);
  row_addresses(rows, weights_at(scratch, tokens, headDim) + ROW_HEADER, quantized_row_bytes(tokens), count, MR_Q8);
  row_addresses(outs, out, outRow, count, MR_Q8);
  let panel = values_at(scratch, tokens, headDim);
  // panels of eight columns of the values
  for (let j: usize = 0; j < headDim; j += NR_Q8, panel += panel_bytes(tokens)) {
    microkernel_q8<i8>(tile, NR_Q8 << 2, rows, panel, panel + values_bytes(tokens), 0);
    store_tile(0, tile, NR_Q8, count, min(NR_Q8, headDim - j), outs, j << 2, 0, least + (j << 2));
  }
}
