// Batch norm over rows: with the mean μ and r = 1/√(σ² + eps) of each column and x̂ = (x − μ)·r, out = γ·x̂ + β and
// dx = γ·r·(dy − mean(dy) − x̂·mean(dy ⊙ x̂)). Columns have many rows, so their sums are in double precision.
import { madd } from "../simd/lanes";
import { load_some, store_some } from "../simd/part";

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** Two pairs as four of single precision. */
// @ts-ignore: decorator
@inline
function narrowed(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5);
}

/** Columns [begin, end). statistics [3, cols] = mean, r and the biased variance of x [rows, cols]. */
export function batch_statistics(
  begin: usize, end: usize, statistics: usize, cols: usize, x: usize, xStride: usize, rows: usize, eps: f32,
): void {
  const stride = xStride << 2, row = cols << 2, n = f64x2.splat(<f64>rows);
  for (let c = begin; c < end; c += 4) {
    const count = min<usize>(4, end - c), from = x + (c << 2), to = statistics + (c << 2);
    let a = f64x2.splat(0), b = f64x2.splat(0);
    // the mean, along the rows
    for (let i: usize = 0, at = from; i < rows; ++i, at += stride) {
      const v = load_some(at, count);
      a = f64x2.add(a, low(v));
      b = f64x2.add(b, high(v));
    }
    const meanA = f64x2.div(a, n), meanB = f64x2.div(b, n);
    a = f64x2.splat(0), b = f64x2.splat(0);
    // the variance, along the rows
    for (let i: usize = 0, at = from; i < rows; ++i, at += stride) {
      const v = load_some(at, count), p = f64x2.sub(low(v), meanA), q = f64x2.sub(high(v), meanB);
      a = f64x2.add(a, f64x2.mul(p, p));
      b = f64x2.add(b, f64x2.mul(q, q));
    }
    a = f64x2.div(a, n), b = f64x2.div(b, n);
    const e = f64x2.splat(<f64>eps), one = f64x2.splat(1);
    store_some(to, narrowed(meanA, meanB), count);
    store_some(to + row, narrowed(f64x2.div(one, f64x2.sqrt(f64x2.add(a, e))), f64x2.div(one, f64x2.sqrt(f64x2.add(b, e)))), count);
    store_some(to + 2 * row, narrowed(a, b), count);
  }
}

/** Rows [begin, end). out = γ·x̂ + β. */
export function batch_norm(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  statistics: usize, gamma: usize, beta: usize, cols: usize,
): void {
  const row = cols << 2;
  for (let i = begin; i < end; ++i) {
    const to = out + (i * outStride << 2), from = x + (i * xStride << 2);
    // along the columns
    for (let c: usize = 0; c < cols; c += 4) {
      const at = c << 2, count = min<usize>(4, cols - c);
      const hat = normalized(load_some(from + at, count), statistics + at, row, count);
      store_some(to + at, madd(hat, load_some(gamma + at, count), load_some(beta + at, count)), count);
    }
  }
}

/** (x − μ)·r of four columns. */
// @ts-ignore: decorator
@inline
function normalized(x: v128, statistics: usize, row: usize, count: usize): v128 {
  return f32x4.mul(f32x4.sub(x, load_some(statistics, count)), load_some(statistics + row, count));
}

/** Columns [begin, end). dγ += Σ dy ⊙ x̂ and dβ += Σ dy; means [2, cols] = mean(dy), mean(dy ⊙ x̂). */
export function batch_norm_parameters(
  begin: usize, end: usize, dgamma: usize, dbeta: usize, means: usize, cols: usize,
  dy: usize, dyStride: usize, x: usize, xStride: usize, rows: usize, statistics: usize,
): void {
  const row = cols << 2, n = f64x2.splat(<f64>rows);
  for (let c = begin; c < end; c += 4) {
    const at = c << 2, count = min<usize>(4, end - c);
    let a = f64x2.splat(0), b = f64x2.splat(0), p = f64x2.splat(0), q = f64x2.splat(0);
    // along the rows
    for (let i: usize = 0; i < rows; ++i) {
      const d = load_some(dy + (i * dyStride << 2) + at, count);
      const hat = normalized(load_some(x + (i * xStride << 2) + at, count), statistics + at, row, count);
      a = f64x2.add(a, low(d));
      b = f64x2.add(b, high(d));
      p = f64x2.add(p, f64x2.mul(low(d), low(hat)));
      q = f64x2.add(q, f64x2.mul(high(d), high(hat)));
    }
    store_some(dbeta + at, f32x4.add(load_some(dbeta + at, count), narrowed(a, b)), count);
    store_some(dgamma + at, f32x4.add(load_some(dgamma + at, count), narrowed(p, q)), count);
    store_some(means + at, narrowed(f64x2.div(a, n), f64x2.div(b, n)), count);
    store_some(means + row + at, narrowed(f64x2.div(p, n), f64x2.div(q, n)), count);
  }
}

/** Rows [begin, end). dx may share its place with dy; zero `means` are those of statistics that x has no part in. */
export function batch_norm_backward(
  begin: usize, end: usize, dx: usize, dxStride: usize, dy: usize, dyStride: usize, x: usize, xStride: usize,
  statistics: usize, gamma: usize, means: usize, cols: usize,
): void {
  const row = cols << 2;
  for (let i = begin; i < end; ++i) {
    const to = dx + (i * dxStride << 2), d = dy + (i * dyStride << 2), from = x + (i * xStride << 2);
    // along the columns
    for (let c: usize = 0; c < cols; c += 4) {
      const at = c << 2, count = min<usize>(4, cols - c);
      const hat = normalized(load_some(from + at, count), statistics + at, row, count);
      const slope = f32x4.mul(load_some(gamma + at, count), load_some(statistics + row + at, count));
      const centered = f32x4.sub(load_some(d + at, count), load_some(means + at, count));
      store_some(to + at, f32x4.mul(slope, f32x4.sub(centered, f32x4.mul(hat, load_some(means + row + at, count)))), count);
    }
  }
}
