// With x̂ = (x − μ)·r, r = 1/√(σ² + eps) and g = γ ⊙ dy: dx = r·(g − mean(g) − x̂·mean(g ⊙ x̂)), dγ = Σ dy ⊙ x̂,
// dβ = Σ dy. Mean and r of a row are computed again, as in the forward kernel, and kept for dγ.
import { madd } from "../simd/lanes";
import { fill_part, load_part, load_some, store_part, store_some } from "../simd/part";
import { sum } from "../simd/reduce";
import { row_sum } from "../simd/row";

/** Rows [begin, end). dx (+)= …; statistics[i] = [first mean, correction of it, r]. */
export function layer_norm_backward(
  begin: usize, end: usize, dx: usize, dxStride: usize, dy: usize, dyStride: usize, x: usize, xStride: usize,
  gamma: usize, cols: usize, eps: f32, statistics: usize, add: bool,
): void {
  for (let i = begin; i < end; ++i) {
    const row = x + (i * xStride << 2), stats = statistics + i * 12;
    measure(stats, row, cols, eps);
    backward(dx + (i * dxStride << 2), dy + (i * dyStride << 2), row, gamma, cols, stats, add);
  }
}

/** The statistics of a row, as the forward kernel computes them. */
function measure(stats: usize, x: usize, cols: usize, eps: f32): void {
  const n = <f32>cols, rest = cols & 3, whole = (cols & ~3) << 2, zero = f32x4.splat(0);
  const mean = row_sum(x, cols) / n, m = f32x4.splat(mean);
  let first = zero, second = zero;
  for (let j: usize = 0; j < whole; j += 16) {
    const d = f32x4.sub(v128.load(x + j), m);
    first = f32x4.add(first, d);
    second = madd(d, d, second);
  }
  if (rest) {
    const d = fill_part(f32x4.sub(load_part(x + whole, rest), m), rest, zero);
    first = f32x4.add(first, d);
    second = madd(d, d, second);
  }
  const delta = sum(first) / n;
  const variance = max<f32>(sum(second) / n - delta * delta, 0);
  store<f32>(stats, mean);
  store<f32>(stats, delta, 4);
  store<f32>(stats, 1 / sqrt<f32>(variance + eps), 8);
}

/** x̂ of four columns. */
// @ts-ignore: decorator
@inline
function normalised(x: v128, stats: usize): v128 {
  const d = f32x4.sub(f32x4.sub(x, v128.load32_splat(stats)), v128.load32_splat(stats, 4));
  return f32x4.mul(d, v128.load32_splat(stats, 8));
}

function backward(dx: usize, dy: usize, x: usize, gamma: usize, cols: usize, stats: usize, add: bool): void {
  const n = <f32>cols, rest = cols & 3, whole = (cols & ~3) << 2, zero = f32x4.splat(0);
  let first = zero, second = zero;
  // the means of g and of g ⊙ x̂
  for (let j: usize = 0; j < whole; j += 16) {
    const g = f32x4.mul(v128.load(dy + j), v128.load(gamma + j));
    first = f32x4.add(first, g);
    second = madd(g, normalised(v128.load(x + j), stats), second);
  }
  if (rest) {
    const g = f32x4.mul(load_part(dy + whole, rest), load_part(gamma + whole, rest));
    first = f32x4.add(first, g);
    second = madd(g, normalised(load_part(x + whole, rest), stats), second);
  }
  const a = f32x4.splat(sum(first) / n), b = f32x4.splat(sum(second) / n), r = v128.load32_splat(stats, 8);
  // dx
  for (let j: usize = 0; j < whole; j += 16) {
    const g = f32x4.mul(v128.load(dy + j), v128.load(gamma + j));
    const d = f32x4.sub(f32x4.sub(g, a), f32x4.mul(normalised(v128.load(x + j), stats), b));
    v128.store(dx + j, madd(d, r, add ? v128.load(dx + j) : zero));
  }
  if (rest) {
    const g = f32x4.mul(load_part(dy + whole, rest), load_part(gamma + whole, rest));
    const d = f32x4.sub(f32x4.sub(g, a), f32x4.mul(normalised(load_part(x + whole, rest), stats), b));
    store_part(dx + whole, madd(d, r, add ? load_part(dx + whole, rest) : zero), rest);
  }
}

/** Columns [begin, end). dγ += Σ dy ⊙ x̂, dβ += Σ dy over the rows; four sums a column, of the rows i mod 4. */
export function layer_norm_parameters(
  begin: usize, end: usize, dgamma: usize, dbeta: usize, dy: usize, dyStride: usize, x: usize, xStride: usize,
  rows: usize, statistics: usize,
): void {
  const none = f32x4.splat(0);
  for (let c = begin; c < end; c += 4) {
    const cols = min<usize>(4, end - c), g = dgamma + (c << 2), b = dbeta + (c << 2);
    let g0 = none, g1 = none, g2 = none, g3 = none, b0 = none, b1 = none, b2 = none, b3 = none;
    // along the rows, four at a time
    for (let i: usize = 0; i < rows; i += 4) {
      for (let k: usize = 0; k < 4 && i + k < rows; ++k) {
        const d = load_some(dy + ((i + k) * dyStride + c << 2), cols);
        const product = f32x4.mul(d, normalised(load_some(x + ((i + k) * xStride + c << 2), cols), statistics + (i + k) * 12));
        if (k == 0) g0 = f32x4.add(g0, product), b0 = f32x4.add(b0, d);
        else if (k == 1) g1 = f32x4.add(g1, product), b1 = f32x4.add(b1, d);
        else if (k == 2) g2 = f32x4.add(g2, product), b2 = f32x4.add(b2, d);
        else g3 = f32x4.add(g3, product), b3 = f32x4.add(b3, d);
      }
    }
    const gs = f32x4.add(f32x4.add(g0, g1), f32x4.add(g2, g3)), bs = f32x4.add(f32x4.add(b0, b1), f32x4.add(b2, b3));
    store_some(g, f32x4.add(load_some(g, cols), gs), cols);
    store_some(b, f32x4.add(load_some(b, cols), bs), cols);
  }
}
