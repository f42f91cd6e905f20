// Batch norm over rows: with the mean μ and r = 1/√(σ² + eps) of each column and x̂ = (x − μ)·r, out = γ·x̂ + β and
// dx = γ·r·(dy − mean(dy) − x̂·mean(dy ⊙ x̂)). All of it is in double precision: where a column has few rows the difference
// in dx nearly cancels. What one kernel hands to another in double precision is two rows of single precision, the number
// and what is left of it.
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

/** Two pairs into two rows that are `apart`. */
// @ts-ignore: decorator
@inline
function store_double(to: usize, apart: usize, a: v128, b: v128, count: usize): void {
  const number = narrowed(a, b);
  store_some(to, number, count);
  store_some(to + apart, narrowed(f64x2.sub(a, low(number)), f64x2.sub(b, high(number))), count);
}

/** The first pair of what `store_double` stored, from its rows. */
// @ts-ignore: decorator
@inline
function low_double(number: v128, rest: v128): v128 {
  return f64x2.add(low(number), low(rest));
}

/** The second pair. */
// @ts-ignore: decorator
@inline
function high_double(number: v128, rest: v128): v128 {
  return f64x2.add(high(number), high(rest));
}

/** Columns [begin, end). statistics [5, cols] = mean, r and the biased variance of x [rows, cols], the rests of mean and r. */
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
    const rA = f64x2.div(one, f64x2.sqrt(f64x2.add(a, e))), rB = f64x2.div(one, f64x2.sqrt(f64x2.add(b, e)));
    store_double(to, 3 * row, meanA, meanB, count);
    store_double(to + row, 3 * row, rA, rB, count);
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
      const at = c << 2, count = min<usize>(4, cols - c), v = load_some(from + at, count);
      const g = load_some(gamma + at, count), b = load_some(beta + at, count);
      const p = f64x2.mul(low_hat(v, statistics + at, row, count), low(g));
      const q = f64x2.mul(high_hat(v, statistics + at, row, count), high(g));
      store_some(to + at, narrowed(f64x2.add(p, low(b)), f64x2.add(q, high(b))), count);
    }
  }
}

/** (x − μ)·r of the first two of four columns. */
// @ts-ignore: decorator
@inline
function low_hat(x: v128, statistics: usize, row: usize, count: usize): v128 {
  const mean = low_double(load_some(statistics, count), load_some(statistics + 3 * row, count));
  const r = low_double(load_some(statistics + row, count), load_some(statistics + 4 * row, count));
  return f64x2.mul(f64x2.sub(low(x), mean), r);
}

/** The same of the last two. */
// @ts-ignore: decorator
@inline
function high_hat(x: v128, statistics: usize, row: usize, count: usize): v128 {
  const mean = high_double(load_some(statistics, count), load_some(statistics + 3 * row, count));
  const r = high_double(load_some(statistics + row, count), load_some(statistics + 4 * row, count));
  return f64x2.mul(f64x2.sub(high(x), mean), r);
}

/** Columns [begin, end). dγ += Σ dy ⊙ x̂ and dβ += Σ dy; means [4, cols] = mean(dy), mean(dy ⊙ x̂), and their rests. */
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
      const d = load_some(dy + (i * dyStride << 2) + at, count), v = load_some(x + (i * xStride << 2) + at, count);
      a = f64x2.add(a, low(d));
      b = f64x2.add(b, high(d));
      p = f64x2.add(p, f64x2.mul(low(d), low_hat(v, statistics + at, row, count)));
      q = f64x2.add(q, f64x2.mul(high(d), high_hat(v, statistics + at, row, count)));
    }
    store_some(dbeta + at, f32x4.add(load_some(dbeta + at, count), narrowed(a, b)), count);
    store_some(dgamma + at, f32x4.add(load_some(dgamma + at, count), narrowed(p, q)), count);
    store_double(means + at, 2 * row, f64x2.div(a, n), f64x2.div(b, n), count);
    store_double(means + row + at, 2 * row, f64x2.div(p, n), f64x2.div(q, n), count);
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
      const at = c << 2, count = min<usize>(4, cols - c), stats = statistics + at, mean = means + at;
      const v = load_some(from + at, count), dys = load_some(d + at, count), g = load_some(gamma + at, count);
      const r = load_some(stats + row, count), rRest = load_some(stats + 4 * row, count);
      const m = load_some(mean, count), mRest = load_some(mean + 2 * row, count);
      const h = load_some(mean + row, count), hRest = load_some(mean + 3 * row, count);
      const p = f64x2.sub(f64x2.sub(low(dys), low_double(m, mRest)), f64x2.mul(low_hat(v, stats, row, count), low_double(h, hRest)));
      const q = f64x2.sub(f64x2.sub(high(dys), high_double(m, mRest)), f64x2.mul(high_hat(v, stats, row, count), high_double(h, hRest)));
      const slopeA = f64x2.mul(low(g), low_double(r, rRest)), slopeB = f64x2.mul(high(g), high_double(r, rRest));
      store_some(to + at, narrowed(f64x2.mul(slopeA, p), f64x2.mul(slopeB, q)), count);
    }
  }
}
