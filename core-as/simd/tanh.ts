import { exp } from "./exp";
import { constant, madd } from "./lanes";

/** Limit of the polynomial (tanh(x)/x − 1)/x² in x² · from where on tanh(x) is 1 · it, from bench/lab/minimax.ts. */
const TABLE: usize = memory.data<f32>([
  0.625, 10, -0.333332837, 0.133314848, -0.0537430048, 0.0206491034, -0.00571549917,
]);

/** tanh(x) = 1 − 2/(e^2|x| + 1) with the sign of x; a polynomial up to |x| = 0.625. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const a = f32x4.pmin(f32x4.abs(x), constant(TABLE, 1)), one = f32x4.splat(1), two = f32x4.splat(2);
  const outer = f32x4.sub(one, f32x4.div(two, f32x4.add(exp(f32x4.add(a, a)), one)));
  const signed = v128.bitselect(x, outer, i32x4.splat(0x80000000));
  return v128.bitselect(inner(x), signed, f32x4.le(a, constant(TABLE, 0)));
}

// @ts-ignore: decorator
@inline
function inner(x: v128): v128 {
  const s = f32x4.mul(x, x);
  let p = madd(constant(TABLE, 6), s, constant(TABLE, 5));
  p = madd(p, s, constant(TABLE, 4));
  p = madd(p, s, constant(TABLE, 3));
  p = madd(p, s, constant(TABLE, 2));
  return madd(f32x4.mul(p, s), x, x);
}
