// out = γ ⊙ (x − μ)/√(σ² + eps) + β over each row. Two passes: a first mean m, then of the differences d = x − m, exact
// where |m| ≫ σ, the mean δ = μ − m that rounding left in m, and σ² = mean(d²) − δ².
import { madd } from "../simd/lanes";
import { fill_part, load_part, store_part } from "../simd/part";
import { sum } from "../simd/reduce";
import { row_sum } from "../simd/row";

export function layer_norm(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  gamma: usize, beta: usize, cols: usize, eps: f32,
): void {
  // rows
  for (let i = begin; i < end; ++i) {
    normalize_row(out + (i * outStride << 2), x + (i * xStride << 2), gamma, beta, cols, eps);
  }
}

function normalize_row(out: usize, x: usize, gamma: usize, beta: usize, cols: usize, eps: f32): void {
  const n = <f32>cols, rest = cols & 3, whole = (cols & ~3) << 2;
  const m = f32x4.splat(row_sum(x, cols) / n), zero = f32x4.splat(0);
  let first = zero, second = zero;
  // second pass: Σd and Σd², four columns at a time
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
  const shift = f32x4.splat(delta), scale = f32x4.splat(1 / sqrt<f32>(variance + eps));
  // the normalized row, four columns at a time
  for (let j: usize = 0; j < whole; j += 16) {
    const d = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x + j), m), shift), scale);
    v128.store(out + j, madd(d, v128.load(gamma + j), v128.load(beta + j)));
  }
  if (rest) {
    const d = f32x4.mul(f32x4.sub(f32x4.sub(load_part(x + whole, rest), m), shift), scale);
    store_part(out + whole, madd(d, load_part(gamma + whole, rest), load_part(beta + whole, rest)), rest);
  }
}
