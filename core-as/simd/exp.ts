// e^x = 2^n·e^r with n = round(x/ln 2), |r| ≤ ½·ln 2, in three steps that callers also use singly: a caller
// that multiplies e^x by a factor can do so before `scale`, and loses no bits where e^x alone would be subnormal.
import { constant, madd } from "./lanes";

/** 1/ln 2 · ln 2 cut after 10 bits, so that n times it is exact · the rest · limits of x · (e^r − 1 − r)/r², from bench/lab/minimax.ts. */
const TABLE: usize = memory.data<f32>([
  1.4426950408889634, 0.693359375, -2.12194440054690583e-4, -110, 90,
  0.49999994, 0.166665226, 0.0416682921, 0.00836853217, 0.00138182985,
]);
const LN2: f64 = 0.6931471805599453;

/** n as a float. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exponent(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(x, constant(TABLE, 0)));
}

/** r of x. */
// @ts-ignore: decorator
@inline
export function remainder(x: v128, n: v128): v128 {
  return f32x4.sub(f32x4.sub(x, f32x4.mul(n, constant(TABLE, 1))), f32x4.mul(n, constant(TABLE, 2)));
}

/** r of an x given in f64, lanes 0 and 1 in `low`, 2 and 3 in `high`: exact where x itself does not fit an f32. */
// @ts-ignore: decorator
@inline
export function remainder_wide(low: v128, high: v128, n: v128): v128 {
  const ln2 = f64x2.splat(LN2);
  const r0 = f64x2.sub(low, f64x2.mul(f64x2.promote_low_f32x4(n), ln2));
  const r1 = f64x2.sub(high, f64x2.mul(promote_high(n), ln2));
  return demote(r0, r1);
}

/** e^r − 1. */
// @ts-ignore: decorator
@inline
export function expm1_fraction(r: v128): v128 {
  let p = madd(constant(TABLE, 9), r, constant(TABLE, 8));
  p = madd(p, r, constant(TABLE, 7));
  p = madd(p, r, constant(TABLE, 6));
  p = madd(p, r, constant(TABLE, 5));
  return madd(f32x4.mul(r, r), p, r);
}

/** y·e^r as y·(e^r − 1) + y: one rounding less than y·(1 + (e^r − 1)). */
// @ts-ignore: decorator
@inline
export function times_exp(y: v128, r: v128): v128 {
  return madd(y, expm1_fraction(r), y);
}

/** x·2^n, |n| ≤ 252, rounded once: two factors, since one power of two cannot reach the subnormals. */
// @ts-ignore: decorator
@inline
export function scale(x: v128, n: v128): v128 {
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(x, power(half)), power(i32x4.sub(whole, half)));
}

/** 2^n for whole n in −126..127. */
// @ts-ignore: decorator
@inline
export function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** e^x: 0 below −104, Infinity above 88.8, NaN of NaN. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  // pmin and pmax give their first operand when the comparison fails, hence NaN of NaN
  const inside = f32x4.pmin(f32x4.pmax(x, constant(TABLE, 3)), constant(TABLE, 4));
  const n = exponent(inside);
  return scale(f32x4.add(expm1_fraction(remainder(inside, n)), f32x4.splat(1)), n);
}

/** e^x − 1 for −80 ≤ x ≤ 80, relatively exact around 0. */
// @ts-ignore: decorator
@inline
export function expm1(x: v128): v128 {
  const n = exponent(x), p = power(i32x4.trunc_sat_f32x4_s(n));
  return madd(expm1_fraction(remainder(x, n)), p, f32x4.sub(p, f32x4.splat(1)));
}

// @ts-ignore: decorator
@inline
export function promote_high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

// @ts-ignore: decorator
@inline
export function demote(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}
