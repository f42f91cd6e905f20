import { constant, madd } from "./lanes";

/** 2/4.5² · 4.5² · (Φ(x) − ½)/x in t = 2·x²/4.5² − 1, |x| ≤ 4.5, from bench/lab/minimax.ts. */
const TABLE: usize = memory.data<f32>([
  0.09876543209876543, 20.25,
  0.156905308, -0.0771834329, 0.0546718389, -0.0402953029, 0.0286238156, -0.0181603786, 0.0101408400, -0.00668176496,
  0.00465510413, -0.00156602159,
]);

/**
 * x·Φ(x) within 8e−6, and relu(x) beyond ±4.5, within 2e−5: what a layer of integers makes of it next is hundreds of times
 * coarser. No exponential, no division. NaN gives NaN.
 */
// @ts-ignore: decorator
@inline
export function gelu_near(x: v128): v128 {
  const s = f32x4.mul(x, x), t = f32x4.sub(f32x4.mul(s, constant(TABLE, 0)), f32x4.splat(1));
  let p = madd(constant(TABLE, 11), t, constant(TABLE, 10));
  p = madd(p, t, constant(TABLE, 9));
  p = madd(p, t, constant(TABLE, 8));
  p = madd(p, t, constant(TABLE, 7));
  p = madd(p, t, constant(TABLE, 6));
  p = madd(p, t, constant(TABLE, 5));
  p = madd(p, t, constant(TABLE, 4));
  p = madd(p, t, constant(TABLE, 3));
  p = madd(p, t, constant(TABLE, 2));
  const near = f32x4.mul(x, madd(p, x, f32x4.splat(0.5)));
  return v128.bitselect(f32x4.pmax(x, f32x4.splat(0)), near, f32x4.gt(s, constant(TABLE, 1)));
}
