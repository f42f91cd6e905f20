// Sums over rows, rows times numbers: what remains of the gradients. Sums run in an order that only the sizes decide.
import { madd } from "../simd/lanes";
import { load_part, load_some, store_part, store_some } from "../simd/part";
import { sum } from "../simd/reduce";

/**
 * Columns [begin, end). out[c] (+)= Σ_i weights[i]·x[i][c], `weights` 0 for ones. A column is four sums, of the rows
 * i ≡ 0, 1, 2, 3 mod 4.
 */
export function sum_rows(
  begin: usize, end: usize, out: usize, x: usize, xStride: usize, rows: usize, weights: usize, add: bool,
): void {
  const stride = xStride << 2, none = f32x4.splat(0);
  for (let c = begin; c < end; c += 4) {
    const cols = min<usize>(4, end - c), to = out + (c << 2);
    let s0 = none, s1 = none, s2 = none, s3 = none, from = x + (c << 2);
    // along the rows, four at a time
    for (let i: usize = 0; i < rows; i += 4, from += 4 * stride) {
      s0 = f32x4.add(s0, weighted(from, weights, i, cols));
      if (i + 1 < rows) s1 = f32x4.add(s1, weighted(from + stride, weights, i + 1, cols));
      if (i + 2 < rows) s2 = f32x4.add(s2, weighted(from + 2 * stride, weights, i + 2, cols));
      if (i + 3 < rows) s3 = f32x4.add(s3, weighted(from + 3 * stride, weights, i + 3, cols));
    }
    const total = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    store_some(to, add ? f32x4.add(load_some(to, cols), total) : total, cols);
  }
}

// @ts-ignore: decorator
@inline
function weighted(from: usize, weights: usize, i: usize, cols: usize): v128 {
  const x = load_some(from, cols);
  return weights ? f32x4.mul(x, v128.load32_splat(weights + (i << 2))) : x;
}

/** Rows [begin, end). out[i] (+)= factors[⌊i/group⌋]·x[i]: one factor a row, or one for all rows of an image. */
export function scale_rows(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  factors: usize, group: usize, cols: usize, add: bool,
): void {
  const rest = cols & 3, whole = (cols & ~3) << 2, none = f32x4.splat(0);
  for (let i = begin; i < end; ++i) {
    const to = out + (i * outStride << 2), from = x + (i * xStride << 2);
    const f = v128.load32_splat(factors + (i / group << 2));
    // along the columns
    for (let j: usize = 0; j < whole; j += 16) {
      v128.store(to + j, madd(v128.load(from + j), f, add ? v128.load(to + j) : none));
    }
    if (rest) store_part(to + whole, madd(load_part(from + whole, rest), f, add ? load_part(to + whole, rest) : none), rest);
  }
}

/** Rows [begin, end). out[i] (+)= factor·x[⌊i/group⌋]: the gradient of a mean over `group` rows. */
export function spread_rows(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  factor: f32, group: usize, cols: usize, add: bool,
): void {
  const rest = cols & 3, whole = (cols & ~3) << 2, none = f32x4.splat(0), f = f32x4.splat(factor);
  for (let i = begin; i < end; ++i) {
    const to = out + (i * outStride << 2), from = x + (i / group * xStride << 2);
    // along the columns
    for (let j: usize = 0; j < whole; j += 16) {
      v128.store(to + j, madd(v128.load(from + j), f, add ? v128.load(to + j) : none));
    }
    if (rest) store_part(to + whole, madd(load_part(from + whole, rest), f, add ? load_part(to + whole, rest) : none), rest);
  }
}

/** Rows [begin, end). out[i] = Σ_c a[i][c]·b[i][c]. */
export function dot_rows(
  begin: usize, end: usize, out: usize, a: usize, aStride: usize, b: usize, bStride: usize, cols: usize,
): void {
  const rest = cols & 3, whole = (cols & ~3) << 2;
  for (let i = begin; i < end; ++i) {
    const p = a + (i * aStride << 2), q = b + (i * bStride << 2);
    let total = f32x4.splat(0);
    // along the columns
    for (let j: usize = 0; j < whole; j += 16) total = madd(v128.load(p + j), v128.load(q + j), total);
    if (rest) total = madd(load_part(p + whole, rest), load_part(q + whole, rest), total);
    store<f32>(out + (i << 2), sum(total));
  }
}
