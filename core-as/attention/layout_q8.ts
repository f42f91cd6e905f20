// The scratch of attention_q8, for one head of one image at a time, in this order:
//   keys, ⌈tokens/8⌉ panels of headDim · values, ⌈headDim/8⌉ panels of tokens · least and largest values of columns ·
//   a tile of quantized queries · a tile of quantized probabilities · a tile of scores · a row of bias ·
//   the addresses of a tile's rows, in and out · a tile of sums.
import { COLUMNS_BYTES, values_bytes } from "../gemm/layout_q8";
import { quantized_row_bytes } from "../gemm/quantized_lhs";
import { MR_Q8, NR_Q8 } from "../gemm/shape";

/** Query rows of a unit: whole tiles of either build. */
export const UNIT_ROWS: usize = 48;

// @ts-ignore: decorator
@inline
export function round_8(n: usize): usize {
  return (n + 7) & ~7;
}

/** Bytes of a panel that holds k values of 8 rows. */
// @ts-ignore: decorator
@inline
export function panel_bytes(k: usize): usize {
  return values_bytes(k) + COLUMNS_BYTES;
}

/** Bytes from one row of scores to the next. */
// @ts-ignore: decorator
@inline
export function score_bytes(tokens: usize): usize {
  return round_8(tokens) << 2;
}

// @ts-ignore: decorator
@inline
export function values_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return scratch + round_8(tokens) / NR_Q8 * panel_bytes(headDim);
}

/** The least of every column, then the largest. */
// @ts-ignore: decorator
@inline
export function ranges_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return values_at(scratch, tokens, headDim) + round_8(headDim) / NR_Q8 * panel_bytes(tokens);
}

// @ts-ignore: decorator
@inline
export function queries_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return ranges_at(scratch, tokens, headDim) + 2 * (round_8(headDim) << 2);
}

// @ts-ignore: decorator
@inline
export function weights_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return queries_at(scratch, tokens, headDim) + MR_Q8 * quantized_row_bytes(headDim);
}

// @ts-ignore: decorator
@inline
export function scores_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return weights_at(scratch, tokens, headDim) + MR_Q8 * quantized_row_bytes(tokens);
}

/** A row of bias, and the three floats that it writes too many. */
// @ts-ignore: decorator
@inline
export function bias_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return scores_at(scratch, tokens, headDim) + MR_Q8 * score_bytes(tokens);
}

// @ts-ignore: decorator
@inline
export function tables_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return bias_at(scratch, tokens, headDim) + score_bytes(tokens) + 16;
}

// @ts-ignore: decorator
@inline
export function tile_at(scratch: usize, tokens: usize, headDim: usize): usize {
  return tables_at(scratch, tokens, headDim) + 2 * MR_Q8 * sizeof<usize>();
}

/** Bytes of one thread's scratch. */
export function attention_scratch_q8(tokens: usize, headDim: usize): usize {
  return tile_at(0, tokens, headDim) + MR_Q8 * NR_Q8 * 4;
}

/** Images × heads × blocks of query rows. */
export function attention_units_q8(images: usize, heads: usize, tokens: usize): usize {
  return images * heads * ((tokens + UNIT_ROWS - 1) / UNIT_ROWS);
}
