// What an optimizer does to a flat run of numbers, in PyTorch's order of operations. A unit is a block of BLOCK numbers.
import { madd } from "../simd/lanes";
import { load_some, store_some } from "../simd/part";
import { sum } from "../simd/reduce";

/** Numbers of a unit. */
const BLOCK: usize = 1024;

/**
 * Units [begin, end). AdamW: p ← p·(1 − lr·decay), m ← m + (1 − β₁)(g − m), v ← β₂·v + (1 − β₂)·g², and
 * p ← p − step·m/(√v/correction + eps) with step = lr/(1 − β₁ᵗ) and correction = √(1 − β₂ᵗ).
 */
export function adamw(
  begin: usize, end: usize, p: usize, g: usize, m: usize, v: usize, length: usize,
  keep: f32, rise1: f32, beta2: f32, rise2: f32, step: f32, correction: f32, eps: f32,
): void {
  const last = min(end * BLOCK, length);
  for (let i = begin * BLOCK; i < last; i += 4) {
    const at = i << 2, n = min<usize>(4, last - i), grad = load_some(g + at, n), old = load_some(m + at, n);
    const mean = madd(f32x4.sub(grad, old), f32x4.splat(rise1), old);
    const square = madd(f32x4.mul(grad, f32x4.splat(rise2)), grad, f32x4.mul(load_some(v + at, n), f32x4.splat(beta2)));
    store_some(m + at, mean, n);
    store_some(v + at, square, n);
    const under = f32x4.add(f32x4.div(f32x4.sqrt(square), f32x4.splat(correction)), f32x4.splat(eps));
    const kept = f32x4.mul(load_some(p + at, n), f32x4.splat(keep));
    store_some(p + at, f32x4.sub(kept, f32x4.div(f32x4.mul(mean, f32x4.splat(step)), under)), n);
  }
}

/** Units [begin, end). SGD: m ← momentum·m + (g + decay·p), p ← p − lr·m. */
export function sgd(
  begin: usize, end: usize, p: usize, g: usize, m: usize, length: usize, momentum: f32, decay: f32, lr: f32,
): void {
  const last = min(end * BLOCK, length);
  for (let i = begin * BLOCK; i < last; i += 4) {
    const at = i << 2, n = min<usize>(4, last - i), value = load_some(p + at, n);
    const grad = madd(value, f32x4.splat(decay), load_some(g + at, n));
    const mean = madd(load_some(m + at, n), f32x4.splat(momentum), grad);
    store_some(m + at, mean, n);
    store_some(p + at, f32x4.sub(value, f32x4.mul(mean, f32x4.splat(lr))), n);
  }
}

/** Units [begin, end). x ← x·factor. */
export function scale(begin: usize, end: usize, x: usize, length: usize, factor: f32): void {
  const last = min(end * BLOCK, length);
  for (let i = begin * BLOCK; i < last; i += 4) {
    const at = x + (i << 2), n = min<usize>(4, last - i);
    store_some(at, f32x4.mul(load_some(at, n), f32x4.splat(factor)), n);
  }
}

/** Units [begin, end). out ← out + rate·(x − out): a moving average. */
export function blend(begin: usize, end: usize, out: usize, x: usize, length: usize, rate: f32): void {
  const last = min(end * BLOCK, length);
  for (let i = begin * BLOCK; i < last; i += 4) {
    const at = i << 2, n = min<usize>(4, last - i), old = load_some(out + at, n);
    store_some(out + at, madd(f32x4.sub(load_some(x + at, n), old), f32x4.splat(rate), old), n);
  }
}

/** Units [begin, end). out[unit] = Σ x² over the unit. */
export function sum_of_squares(begin: usize, end: usize, out: usize, x: usize, length: usize): void {
  for (let unit = begin; unit < end; ++unit) {
    const last = min((unit + 1) * BLOCK, length);
    let total = f32x4.splat(0);
    for (let i = unit * BLOCK; i < last; i += 4) {
      const value = load_some(x + (i << 2), min<usize>(4, last - i));
      total = madd(value, value, total);
    }
    store<f32>(out + (unit << 2), sum(total));
  }
}
