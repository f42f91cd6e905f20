import { exponent, remainder, scale, times_exp } from "./exp";
import { constant, madd } from "./lanes";
import { normal_tail } from "./normal";

/** √2 · limit, from where on erf(x) is 1 · erf(x)/x − 1 in x² for |x| ≤ 1, from bench/lab/minimax.ts. */
const TABLE: usize = memory.data<f32>([
  1.4142135623730951, 4,
  0.128379166, -0.376126289, 0.112836182, -0.026855126, 0.00519073382, -0.000803076138, 0.0000792036808,
]);

/** erf(x) = 2/√π·∫₀ˣ e^(−t²) dt: a polynomial up to |x| = 1, from there 1 − 2·(tail of the normal distribution). */
// @ts-ignore: decorator
@inline
export function erf(x: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(x), constant(TABLE, 1));
  const outer = f32x4.sub(f32x4.splat(1), erfc(a));
  const signed = v128.bitselect(x, outer, i32x4.splat(0x80000000));
  return v128.bitselect(inner(x), signed, f32x4.le(a, f32x4.splat(1)));
}

/** 1 − erf(a) for 0 ≤ a ≤ 4; 1e-6 relative, for it is taken from 1. */
// @ts-ignore: decorator
@inline
function erfc(a: v128): v128 {
  const z = f32x4.neg(f32x4.mul(a, a)), b = f32x4.mul(a, constant(TABLE, 0));
  const n = exponent(z);
  const tail = f32x4.div(times_exp(normal_tail(b), remainder(z, n)), b);
  return scale(f32x4.add(tail, tail), n);
}

// @ts-ignore: decorator
@inline
function inner(x: v128): v128 {
  const s = f32x4.mul(x, x);
  let p = madd(constant(TABLE, 8), s, constant(TABLE, 7));
  p = madd(p, s, constant(TABLE, 6));
  p = madd(p, s, constant(TABLE, 5));
  p = madd(p, s, constant(TABLE, 4));
  p = madd(p, s, constant(TABLE, 3));
  p = madd(p, s, constant(TABLE, 2));
  return madd(p, x, x);
}
