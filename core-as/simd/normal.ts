// The normal distribution Φ(x) = ½·(1 + erf(x/√2)) in two pieces.
import { constant, madd } from "./lanes";

/** (Φ(x) − ½)/x in x² for |x| ≤ ½ · the center c · b·e^(b²/2)·Φ(−b) in (b − c)/(b + c); from bench/lab/minimax.ts. */
const TABLE: usize = memory.data<f32>([
  0.398942262, -0.0664894432, 0.00996067468, -0.00112127920,
  2.46875,
  0.352463961, 0.138382688, -0.151302680, 0.0687823594, -0.00198494922, -0.00908596162, 0.000156780035,
  0.00163814717, 0.000156184411, -0.000254507235,
]);

/** Φ(x) for |x| ≤ ½. */
// @ts-ignore: decorator
@inline
export function normal_inner(x: v128): v128 {
  const s = f32x4.mul(x, x);
  let p = madd(constant(TABLE, 3), s, constant(TABLE, 2));
  p = madd(p, s, constant(TABLE, 1));
  p = madd(p, s, constant(TABLE, 0));
  return madd(p, x, f32x4.splat(0.5));
}

/** b·e^(b²/2)·Φ(−b) for ½ ≤ b ≤ 15: from 0.18 up to 0.4, where the exponential is all that vanishes. */
// @ts-ignore: decorator
@inline
export function normal_tail(b: v128): v128 {
  const center = constant(TABLE, 4);
  const t = f32x4.div(f32x4.sub(b, center), f32x4.add(b, center));
  let p = madd(constant(TABLE, 14), t, constant(TABLE, 13));
  p = madd(p, t, constant(TABLE, 12));
  p = madd(p, t, constant(TABLE, 11));
  p = madd(p, t, constant(TABLE, 10));
  p = madd(p, t, constant(TABLE, 9));
  p = madd(p, t, constant(TABLE, 8));
  p = madd(p, t, constant(TABLE, 7));
  p = madd(p, t, constant(TABLE, 6));
  return madd(p, t, constant(TABLE, 5));
}
