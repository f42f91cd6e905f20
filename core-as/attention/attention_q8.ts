// attention.ts with both products in exact integers: 7-bit queries against 8-bit keys, 8-bit probabilities against 7-bit
// values, by the tile of the linear layers. Keys lose the middle of their column first: no softmax can tell. Values lose
// the least of their column: it comes back behind the product, since the probabilities of a row sum up to one.
import {
  UNIT_ROWS, bias_at, panel_bytes, queries_at, ranges_at, score_bytes, scores_at, tables_at, tile_at, values_at,
  weights_at,
} from "./layout_q8";
import { column_ranges, pack_keys_q8, pack_values_q8 } from "./pack_q8";
import { bias_row, distances } from "./relative_bias";
import { weigh } from "./softmax_q8";
import { finish } from "../gemm/epilogue";
import { values_bytes } from "../gemm/panel_q8";
import { MR_Q8, NR_Q8 } from "../gemm/shape";
import { tile_q8 } from "../gemm/microkernel_q8";
import { quantize_row } from "../gemm/quantize_lhs";
import { ROW_HEADER, row_bytes } from "../gemm/quantized_lhs";

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
  for (let unit = begin; unit < end; ++unit) {
    const owner = unit / blocks, head = owner % heads, first = unit % blocks * UNIT_ROWS;
    const token = owner / heads * tokens, column = head * headDim << 2;
    const q = qkv + token * stride + column, mask: f32 = headMask ? load<f32>(headMask + (head << 2)) : 1;
    if (owner != packed) {
      pack_head(scratch, q + width, q + 2 * width, stride, tokens, headDim, mask);
      packed = owner;
    }
    const last = min(first + UNIT_ROWS, tokens), to = out + token * outRow + column;
    for (let i = first; i < last; i += MR_Q8) {
      const count = min(MR_Q8, last - i);
      score(scratch, q + i * stride, stride, count, tokens, headDim);
      const row = bias ? bias_at(scratch, tokens, headDim) : 0;
      for (let r: usize = 0; r < count; ++r) {
        if (row) bias_row(row, i + r, bias + head * table, gridHeight, gridWidth);
        const weights = weights_at(scratch, tokens, headDim) + r * row_bytes(tokens);
        weigh(weights, scores_at(scratch, tokens, headDim) + r * score_bytes(tokens), row, tokens, mask);
      }
      mix(to + i * outRow, outRow, scratch, count, tokens, headDim);
    }
  }
}

/** The keys and values of a head, and mask·the least values. */
function pack_head(
  scratch: usize, k: usize, v: usize, stride: usize, tokens: usize, headDim: usize, mask: f32,
): void {
  const ranges = ranges_at(scratch, tokens, headDim);
  column_ranges(ranges, k, stride, tokens, headDim);
  pack_keys_q8(scratch, k, stride, tokens, headDim, ranges);
  column_ranges(ranges, v, stride, tokens, headDim);
  pack_values_q8(values_at(scratch, tokens, headDim), v, stride, tokens, headDim, ranges);
  const factor = f32x4.splat(mask);
  for (let c: usize = 0; c < headDim; c += 4) {
    v128.store(ranges + (c << 2), f32x4.mul(v128.load(ranges + (c << 2)), factor));
  }
}

/** scores[i] = q[i]·kᵀ·headDim^−½ for `count` queries; rows of the tile beyond them repeat the last one. */
function score(scratch: usize, q: usize, stride: usize, count: usize, tokens: usize, headDim: usize): void {
  const queries = queries_at(scratch, tokens, headDim), size = row_bytes(headDim);
  const factor: f32 = 1 / sqrt<f32>(<f32>headDim);
  for (let r: usize = 0; r < count; ++r, q += stride) {
    const to = queries + r * size;
    quantize_row(to, q, headDim);
    store<f32>(to, load<f32>(to) * factor);
  }
  const rows = tables_at(scratch, tokens, headDim), out = scores_at(scratch, tokens, headDim);
  address(rows, queries + ROW_HEADER, size, count);
  let panel = scratch;
  for (let j: usize = 0; j < tokens; j += NR_Q8, panel += panel_bytes(headDim)) {
    tile_q8<u8>(out + (j << 2), score_bytes(tokens), rows, panel, panel + values_bytes(headDim));
  }
}

/** out[i] = Σ_t weights[i][t]·(v[t] − least) + mask·least. */
function mix(out: usize, outRow: usize, scratch: usize, count: usize, tokens: usize, headDim: usize): void {
  const rows = tables_at(scratch, tokens, headDim), outs = rows + MR_Q8 * sizeof<usize>();
  const tile = tile_at(scratch, tokens, headDim), least = ranges_at(scratch, tokens, headDim);
  address(rows, weights_at(scratch, tokens, headDim) + ROW_HEADER, row_bytes(tokens), count);
  address(outs, out, outRow, count);
  let panel = values_at(scratch, tokens, headDim);
  for (let j: usize = 0; j < headDim; j += NR_Q8, panel += panel_bytes(tokens)) {
    tile_q8<i8>(tile, NR_Q8 << 2, rows, panel, panel + values_bytes(tokens));
    finish(0, tile, NR_Q8, count, min(NR_Q8, headDim - j), outs, j << 2, 0, least + (j << 2));
  }
}

/** The addresses of `count` rows, the last one repeated until the tile is full. */
function address(table: usize, base: usize, stride: usize, count: usize): void {
  for (let r: usize = 0; r < MR_Q8; ++r) store<usize>(table + r * sizeof<usize>(), base + min(r, count - 1) * stride);
}
