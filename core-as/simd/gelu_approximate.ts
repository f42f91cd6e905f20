import { constant, madd } from "./lanes";

/** 2/4² · 4² · (Φ(x) − ½)/x in t = 2·x²/4² − 1, |x| ≤ 4, from bench/lab/minimax.ts. */
const TABLE: usize = memory.data<f32>([
  0.125, 16,
  0.175970227, -0.0844267383, 0.0554101430, -0.0354613364, 0.0240904950, -0.0165523589, 0.00597321056,
]);

/**
 * x·Φ(x), and relu(x) beyond ±4, within 2e−4: the quantization that follows in a layer of integers is a hundred times coarser.
 * No exponential, no division. NaN gives NaN.
 */
// @ts-ignore: decorator
@inline
export function gelu_approximate(x: v128): v128 {
  const s = f32x4.mul(x, x), t = f32x4.sub(f32x4.mul(s, constant(TABLE, 0)), f32x4.splat(1));
  let p = madd(constant(TABLE, 8), t, constant(TABLE, 7));
  p = madd(p, t, constant(TABLE, 6));
  p = madd(p, t, constant(TABLE, 5));
  p = madd(p, t, constant(TABLE, 4));
  p = madd(p, t, constant(TABLE, 3));
  p = madd(p, t, constant(TABLE, 2));
  const inner = f32x4.mul(x, madd(p, x, f32x4.splat(0.5)));
  return v128.bitselect(f32x4.pmax(x, f32x4.splat(0)), inner, f32x4.gt(s, constant(TABLE, 1)));
}
