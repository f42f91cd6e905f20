// The gradients of attention, computed again from qkv: with P = softmax(q·kᵀ·s + bias), s = headDim^−½ and dP = dO·vᵀ,
// dS = P ⊙ (dP − rowsum(P ⊙ dP)), dq = s·dS·k, dk = s·dSᵀ·q, dv = Pᵀ·dO, dbias = dS. No more than QUERIES rows of P
// exist at once; blocks of queries follow each other in order, so every sum has one order.
import { QUERIES, PANEL, TILE_ROWS, attention_scratch, round_up, score_stride, scores_at, sums_at, values_at } from "../attention/layout_f32";
import { pack_keys, pack_values } from "../attention/pack_f32";
import { distances } from "../attention/relative_bias";
import { exp_scores } from "../attention/scores";
import { microkernel_f32_2x16 } from "../gemm/microkernel_f32_2x16";
import { row_addresses } from "../gemm/row_addresses";
import { madd } from "../simd/lanes";
import { load_some, store_some } from "../simd/part";
import { sum } from "../simd/reduce";
import { row_scale } from "../simd/row";
import { drop_row } from "./drop_row";
import { transpose } from "./pack";

// Behind the scratch of attention, in floats: v packed as keys [round_up(tokens), headDim] · dP [QUERIES, score_stride] ·
// dS transposed [tokens, QUERIES] · P transposed [tokens, QUERIES] · a block of q and one of dO [round_up(headDim), QUERIES].

// @ts-ignore: decorator
@inline
function packed_values_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return (scratch + attention_scratch(tokens, headDim) + 63) & ~63;
}

// @ts-ignore: decorator
@inline
function slopes_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return packed_values_at(scratch, tokens, headDim) + (round_up(tokens) * headDim << 2);
}

// @ts-ignore: decorator
@inline
function transposed_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return slopes_at(scratch, tokens, headDim) + (QUERIES * score_stride(tokens) << 2);
}

// @ts-ignore: decorator
@inline
function blocks_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return transposed_at(scratch, tokens, headDim) + (2 * tokens * QUERIES << 2);
}

/** Bytes of one thread's scratch. */
export function attention_backward_scratch(tokens: usize, headDim: usize): usize {
  return blocks_at(0, tokens, headDim) + (2 * round_up(headDim) * QUERIES << 2);
}

/**
 * Units [begin, end): images × heads. dqkv has the layout of qkv and is overwritten; dTable [images·heads, distances + 3],
 * mirrored as the bias is, or 0. `rate` > 0 draws the dropout mask of `attention_dropout` again.
 */
export function attention_backward(
  begin: usize, end: usize, dqkv: usize, dqkvStride: usize, qkv: usize, qkvStride: usize, dOut: usize, dOutStride: usize,
  tokens: usize, heads: usize, headDim: usize,
  bias: usize, gridHeight: usize, gridWidth: usize, dTable: usize, rate: f32, key0: i32, key1: i32, scratch: usize,
): void {
  const stride = qkvStride << 2, dStride = dqkvStride << 2, oStride = dOutStride << 2;
  const width = heads * headDim << 2, table = distances(gridHeight, gridWidth) + 3 << 2;
  for (let unit = begin; unit < end; ++unit) {
    const head = unit % heads, token = unit / heads * tokens, column = head * headDim << 2;
    const q = qkv + token * stride + column, dq = dqkv + token * dStride + column, dO = dOut + token * oStride + column;
    pack_keys(scratch, q + width, stride, tokens, headDim);
    pack_values(values_at(scratch, tokens, headDim), q + width, stride, tokens, headDim);
    pack_keys(packed_values_at(scratch, tokens, headDim), q + 2 * width, stride, tokens, headDim);
    for (let t: usize = 0; t < tokens; ++t) {
      memory.fill(dq + width + t * dStride, 0, headDim << 2);
      memory.fill(dq + 2 * width + t * dStride, 0, headDim << 2);
    }
    const tableRow = dTable ? dTable + unit * table : 0;
    if (tableRow) memory.fill(tableRow, 0, table);
    // blocks of queries
    for (let first: usize = 0; first < tokens; first += QUERIES) {
      const count = min(QUERIES, tokens - first);
      exp_scores(scratch, q, stride, first, count, tokens, headDim, bias ? bias + head * table : 0, gridHeight, gridWidth);
      score_gradients(scratch, dO, oStride, unit, first, count, tokens, headDim, rate, key0, key1);
      if (tableRow) {
        const slopes = slopes_at(scratch, tokens, headDim), row = score_stride(tokens) << 2;
        for (let i: usize = 0; i < count; ++i) add_to_table(tableRow, first + i, slopes + i * row, gridHeight, gridWidth);
      }
      query_gradients(dq + first * dStride, dStride, scratch, count, tokens, headDim);
      key_value_gradients(dq + width, dq + 2 * width, dStride, q + first * stride, stride, dO + first * oStride, oStride, scratch, count, tokens, headDim);
    }
  }
}

/** P into the scores, with its dropout; dS where dP stood. */
function score_gradients(
  scratch: usize, dO: usize, oStride: usize, unit: usize, first: usize, count: usize, tokens: usize, headDim: usize,
  rate: f32, key0: i32, key1: i32,
): void {
  const scores = scores_at(scratch, tokens, headDim), sums = sums_at(scratch, tokens, headDim);
  const slopes = slopes_at(scratch, tokens, headDim), row = score_stride(tokens) << 2;
  const addresses = sums + (QUERIES << 2), tile = addresses + (QUERIES << 2);
  row_addresses(addresses, dO + first * oStride, oStride, count, TILE_ROWS);
  let panel = packed_values_at(scratch, tokens, headDim);
  // dP, a tile at a time
  for (let j: usize = 0; j < tokens; j += PANEL, panel += headDim * PANEL << 2) {
    for (let i: usize = 0; i < count; i += TILE_ROWS) {
      microkernel_f32_2x16(tile, addresses + (i << 2), panel, headDim, 1, 0);
      memory.copy(slopes + i * row + (j << 2), tile, PANEL << 2);
      memory.copy(slopes + (i + 1) * row + (j << 2), tile + (PANEL << 2), PANEL << 2);
    }
  }
  // dS, a query at a time
  for (let i: usize = 0; i < count; ++i) {
    const p = scores + i * row, d = slopes + i * row, number = (unit * tokens + first + i) * tokens;
    row_scale(p, p, tokens, 1 / load<f32>(sums + (i << 2)));
    if (rate > 0) drop_row(d, d, tokens, number, rate, key0, key1);
    let total = f32x4.splat(0);
    for (let c: usize = 0; c < tokens; c += 4) {
      const n = min<usize>(4, tokens - c), at = c << 2;
      total = madd(load_some(p + at, n), load_some(d + at, n), total);
    }
    const delta = f32x4.splat(sum(total));
    for (let c: usize = 0; c < tokens; c += 4) {
      const n = min<usize>(4, tokens - c), at = c << 2;
      store_some(d + at, f32x4.mul(load_some(p + at, n), f32x4.sub(load_some(d + at, n), delta)), n);
    }
    if (rate > 0) drop_row(p, p, tokens, number, rate, key0, key1);
  }
}

/** dq = s·dS·k. */
function query_gradients(dq: usize, stride: usize, scratch: usize, count: usize, tokens: usize, headDim: usize): void {
  const addresses = sums_at(scratch, tokens, headDim) + (QUERIES << 2), tile = addresses + (QUERIES << 2);
  row_addresses(addresses, slopes_at(scratch, tokens, headDim), score_stride(tokens) << 2, count, TILE_ROWS);
  const factor: f32 = 1 / sqrt<f32>(<f32>headDim);
  let panel = values_at(scratch, tokens, headDim);
  for (let j: usize = 0; j < headDim; j += PANEL, panel += tokens * PANEL << 2) {
    const cols = min(PANEL, headDim - j);
    for (let i: usize = 0; i < count; i += TILE_ROWS) {
      microkernel_f32_2x16(tile, addresses + (i << 2), panel, tokens, 1, 0);
      put(dq + i * stride + (j << 2), tile, factor, cols, false);
      if (i + 1 < count) put(dq + (i + 1) * stride + (j << 2), tile + (PANEL << 2), factor, cols, false);
    }
  }
}

/** dk += s·dSᵀ·q, dv += Pᵀ·dO, over the queries of a block. */
function key_value_gradients(
  dk: usize, dv: usize, dStride: usize, q: usize, qStride: usize, dO: usize, oStride: usize,
  scratch: usize, count: usize, tokens: usize, headDim: usize,
): void {
  const row = score_stride(tokens), slopes = transposed_at(scratch, tokens, headDim), scores = slopes + (tokens * QUERIES << 2);
  const queries = blocks_at(scratch, tokens, headDim), outs = queries + (round_up(headDim) * QUERIES << 2);
  transpose(0, tokens, slopes, QUERIES, slopes_at(scratch, tokens, headDim), row, count);
  transpose(0, tokens, scores, QUERIES, scores_at(scratch, tokens, headDim), row, count);
  pack_values(queries, q, qStride, count, headDim);
  pack_values(outs, dO, oStride, count, headDim);
  const addresses = sums_at(scratch, tokens, headDim) + (QUERIES << 2), tile = addresses + (QUERIES << 2);
  add_product(dk, dStride, slopes, queries, addresses, tile, 1 / sqrt<f32>(<f32>headDim), count, tokens, headDim);
  add_product(dv, dStride, scores, outs, addresses, tile, 1, count, tokens, headDim);
}

/** out[t] += factor·Σ_i x[t][i]·panel[i], i < count. */
function add_product(
  out: usize, stride: usize, x: usize, panel: usize, addresses: usize, tile: usize,
  factor: f32, count: usize, tokens: usize, headDim: usize,
): void {
  for (let j: usize = 0; j < headDim; j += PANEL, panel += count * PANEL << 2) {
    const cols = min(PANEL, headDim - j);
    for (let t: usize = 0; t < tokens; t += TILE_ROWS) {
      row_addresses(addresses, x + (t * QUERIES << 2), QUERIES << 2, min(TILE_ROWS, tokens - t), TILE_ROWS);
      microkernel_f32_2x16(tile, addresses, panel, count, 1, 0);
      put(out + t * stride + (j << 2), tile, factor, cols, true);
      if (t + 1 < tokens) put(out + (t + 1) * stride + (j << 2), tile + (PANEL << 2), factor, cols, true);
    }
  }
}

/** out[:cols] (+)= sums·factor. */
function put(out: usize, sums: usize, factor: f32, cols: usize, add: bool): void {
  const f = f32x4.splat(factor), none = f32x4.splat(0);
  for (let c: usize = 0; c < cols; c += 4) {
    const n = min<usize>(4, cols - c), to = out + (c << 2);
    store_some(to, madd(v128.load(sums + (c << 2)), f, add ? load_some(to, n) : none), n);
  }
}

/** Adds a row of dS to the mirrored table of its head, where `bias_row` reads the bias of the same query. */
function add_to_table(table: usize, i: usize, row: usize, gridHeight: usize, gridWidth: usize): void {
  const cols = gridWidth + gridWidth - 1, special = table + (distances(gridHeight, gridWidth) << 2);
  const patches = gridHeight * gridWidth;
  if (i == 0) {
    let any: f32 = 0;
    for (let key: usize = 1; key <= patches; ++key) any += load<f32>(row + (key << 2));
    store<f32>(special, load<f32>(special) + any);
    store<f32>(special, load<f32>(special, 8) + load<f32>(row), 8);
    return;
  }
  const y = (i - 1) / gridWidth, x = (i - 1) % gridWidth;
  store<f32>(special, load<f32>(special, 4) + load<f32>(row), 4);
  let from = row + 4, to = table + ((y + gridHeight - 1) * cols + gridWidth - 1 - x << 2);
  // grid rows of keys
  for (let key: usize = 0; key < gridHeight; ++key, from += gridWidth << 2, to -= cols << 2) {
    for (let c: usize = 0; c < gridWidth; c += 4) {
      const n = min<usize>(4, gridWidth - c), at = c << 2;
      store_some(to + at, f32x4.add(load_some(to + at, n), load_some(from + at, n)), n);
    }
  }
}
