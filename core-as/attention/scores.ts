import { tile_2x16 } from "../gemm/microkernel_f32_2x16";
import { madd } from "../simd/lanes";
import { row_exp, row_max } from "../simd/row";
import { bias_row } from "./relative_bias";
import { PANEL, QUERIES, TILE_ROWS, score_stride, scores_at, sums_at } from "./layout_f32";

/**
 * scores[i] = e^(s − max s), sums[i] = Σ scores[i] with s = q·kᵀ·headDim^−½ + bias, for queries first … first + count − 1
 * of the head whose keys are packed in scratch. q is the address of query 0; bias that of the head's table, or 0.
 */
export function numerators(
  scratch: usize, q: usize, stride: usize, first: usize, count: usize, tokens: usize, headDim: usize,
  bias: usize, gridHeight: usize, gridWidth: usize,
): void {
  const scores = scores_at(scratch, tokens, headDim), sums = sums_at(scratch, tokens, headDim);
  const row = score_stride(tokens) << 2;
  if (bias) for (let i: usize = 0; i < count; ++i) bias_row(scores + i * row, first + i, bias, gridHeight, gridWidth);
  const addresses = sums + (QUERIES << 2);
  address_rows(addresses, q + first * stride, stride, count);
  products(scores, row, addresses, count, scratch, tokens, headDim, bias != 0);
  for (let i: usize = 0; i < count; ++i) {
    const at = scores + i * row;
    store<f32>(sums + (i << 2), row_exp(at, at, tokens, row_max(at, tokens)));
  }
}

/** The addresses of `count` rows, the last one repeated until the tile is full. */
export function address_rows(table: usize, base: usize, stride: usize, count: usize): void {
  for (let i: usize = 0; i < count; ++i) store<usize>(table + (i << 2), base + i * stride);
  if (count & 1) store<usize>(table + (count << 2), base + (count - 1) * stride);
}

/** scores = q·kᵀ·headDim^−½, plus what stands there when `add`. */
function products(
  scores: usize, row: usize, addresses: usize, count: usize, keys: usize, tokens: usize, headDim: usize, add: bool,
): void {
  const scale = f32x4.splat(1 / sqrt<f32>(<f32>headDim));
  const tile = addresses + (QUERIES << 2);
  for (let j: usize = 0; j < tokens; j += PANEL, keys += headDim * PANEL << 2) {
    for (let i: usize = 0; i < count; i += TILE_ROWS) {
      tile_2x16(tile, addresses + (i << 2), keys, headDim, 1, 0);
      let out = scores + i * row + (j << 2);
      for (let from = tile; from < tile + 128; from += 64, out += row) {
        for (let c: usize = 0; c < 64; c += 16) {
          const product = v128.load(from + c), old = add ? v128.load(out + c) : f32x4.splat(0);
          v128.store(out + c, madd(product, scale, old));
        }
      }
    }
  }
}
