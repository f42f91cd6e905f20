import { microkernel_f32_2x16 } from "../gemm/microkernel_f32_2x16";
import { row_addresses } from "../gemm/row_addresses";
import { madd } from "../simd/lanes";
import { row_exp, row_max } from "../simd/row";
import { bias_row } from "./relative_bias";
import { PANEL, QUERIES, TILE_ROWS, score_stride, scores_at, sums_at } from "./layout_f32";

/**
 * scores[i] = e^(s − max s), sums[i] = Σ scores[i] with s = q·kᵀ·headDim^−½ + bias, for queries first … first + count − 1 of
 * the head whose keys are packed in scratch. q is the address of query 0, bias that of the head's table, or 0.
 */
export function exp_scores(
  scratch: usize, q: usize, stride: usize, first: usize, count: usize, tokens: usize, headDim: usize,
  bias: usize, gridHeight: usize, gridWidth: usize,
): void {
  const scores = scores_at(scratch, tokens, headDim), sums = sums_at(scratch, tokens, headDim);
  const row = score_stride(tokens) << 2;
  if (bias) for (let i: usize = 0; i < count; ++i) bias_row(scores + i * row, first + i, bias, gridHeight, gridWidth);
  const addresses = sums + (QUERIES << 2);
  row_addresses(addresses, q + first * stride, stride, count, TILE_ROWS);
  products(scores, row, addresses, count, scratch, tokens, headDim, bias != 0);
  // rows of scores, while they are in the cache
  for (let i: usize = 0; i < count; ++i) {
    const at = scores + i * row;
    store<f32>(sums + (i << 2), row_exp(at, at, tokens, row_max(at, tokens)));
  }
}

/** scores = q·kᵀ·headDim^−½, added to the bias that scores holds if `add`. */
function products(
  scores: usize, row: usize, addresses: usize, count: usize, keys: usize, tokens: usize, headDim: usize, add: bool,
): void {
  const scale = f32x4.splat(1 / sqrt<f32>(<f32>headDim));
  const tile = addresses + (QUERIES << 2);
  // panels of 16 keys
  for (let j: usize = 0; j < tokens; j += PANEL, keys += headDim * PANEL << 2) {
    // tiles of two queries
    for (let i: usize = 0; i < count; i += TILE_ROWS) {
      microkernel_f32_2x16(tile, addresses + (i << 2), keys, headDim, 1, 0);
      let out = scores + i * row + (j << 2);
      // rows of the tile, four scores at a time
      for (let from = tile; from < tile + 128; from += 64, out += row) {
        for (let c: usize = 0; c < 64; c += 16) {
          const product = v128.load(from + c), old = add ? v128.load(out + c) : f32x4.splat(0);
          v128.store(out + c, madd(product, scale, old));
        }
      }
    }
  }
}
