import { erf } from "./erf";
import { demote, exp, expm1, exponent, promote_high, remainder, remainder_wide, scale, times_exp } from "./exp";
import { FUSED, constant, madd } from "./lanes";
import { normal_inner, normal_tail } from "./normal";
import { tanh } from "./tanh";

/** The order of ACTIVATIONS in src/activations.ts. */
export const enum Activation {
  gelu, gelu_new, gelu_fast, quick_gelu, gelu_10, relu, relu2, relu6, leaky_relu, silu, mish, tanh, sigmoid, selu,
  hardswish, laplace,
}

/** Below −120 every x·(something that vanishes exponentially) is −0; e^−125 is 0. */
const TABLE: usize = memory.data<f32>([15, -120, -125, 10, -10, 0.01, 1.05070098735548, 1.75809934084737, -30, 6, 3]);
const LAPLACE_MEAN: f32 = 0.707107;
const LAPLACE_SCALE: f32 = 0.282095 * 1.4142135623730951;
const QUICK: f64 = 1.702;
/** 2·√(2/π) and 0.044715 times it. */
const TANH_1: f64 = 1.5957691216057308;
const TANH_3: f64 = 0.07135481627260025;

/**
 * Activation `kind` of four numbers. NaN gives NaN; −Infinity gives NaN where the formula says −∞·0, as in torch.
 * gelu, silu and their kin keep their relative accuracy down to the smallest negative results.
 */
export function activate(kind: i32, x: v128): v128 {
  switch (kind) {
    case Activation.gelu: return gelu(x);
    case Activation.gelu_new:
    case Activation.gelu_fast: return swish(x, cubic(f64x2.promote_low_f32x4(x)), cubic(promote_high(x)));
    case Activation.quick_gelu: {
      const k = f64x2.splat(QUICK);
      return swish(x, f64x2.mul(f64x2.promote_low_f32x4(x), k), f64x2.mul(promote_high(x), k));
    }
    case Activation.gelu_10: return f32x4.pmin(f32x4.pmax(gelu(x), constant(TABLE, 4)), constant(TABLE, 3));
    case Activation.relu: return relu(x);
    case Activation.relu2: return f32x4.mul(relu(x), relu(x));
    case Activation.relu6: return f32x4.pmin(relu(x), constant(TABLE, 9));
    case Activation.leaky_relu:
      return v128.bitselect(f32x4.mul(x, constant(TABLE, 5)), x, f32x4.lt(x, f32x4.splat(0)));
    case Activation.silu: return swish(x, f64x2.promote_low_f32x4(x), promote_high(x));
    case Activation.mish: return mish(x);
    case Activation.tanh: return tanh(x);
    case Activation.sigmoid: return sigmoid(x);
    case Activation.selu: return selu(x);
    case Activation.hardswish: {
      const gate = f32x4.pmin(relu(f32x4.add(x, constant(TABLE, 10))), constant(TABLE, 9));
      return f32x4.mul(x, f32x4.div(gate, constant(TABLE, 9)));
    }
    case Activation.laplace: return laplace(x);
    default: return x;
  }
}

// @ts-ignore: decorator
@inline
function relu(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}

/** x·Φ(x) = relu(x) − |x|·Φ(−|x|): for x < 0 the tail itself, so that nothing cancels. Around 0 it is x·(½ + …). */
function gelu(x: v128): v128 {
  const a = f32x4.abs(x), b = f32x4.pmin(a, constant(TABLE, 0)), square = f32x4.mul(b, b);
  const n = exponent(f32x4.mul(square, f32x4.splat(-0.5)));
  const tail = scale(times_exp(normal_tail(b), remainder_of_square(b, square, n)), n);
  const outer = f32x4.add(f32x4.sub(relu(x), tail), minus_zero_or_nan(x));
  return v128.bitselect(f32x4.mul(x, normal_inner(x)), outer, f32x4.lt(a, f32x4.splat(0.5)));
}

/**
 * r of −b²/2, with `square` the rounded b². More than an f32 holds is kept of b², since e^x would blow up its rounding: a fused
 * multiply-add gives what is missing, f64 all of it.
 */
// @ts-ignore: decorator
@inline
function remainder_of_square(b: v128, square: v128, n: v128): v128 {
  if (FUSED) {
    const missing = madd(b, b, f32x4.neg(square)), half = f32x4.splat(-0.5);
    return madd(missing, half, remainder(f32x4.mul(square, half), n));
  }
  const low = f64x2.promote_low_f32x4(b), high = promote_high(b), half = f64x2.splat(-0.5);
  return remainder_wide(f64x2.mul(f64x2.mul(low, low), half), f64x2.mul(f64x2.mul(high, high), half), n);
}

/** −0 for x ≤ 0, but NaN for −Infinity: added to a result computed from a clamped x. */
// @ts-ignore: decorator
@inline
function minus_zero_or_nan(x: v128): v128 {
  return f32x4.mul(f32x4.pmin(x, f32x4.splat(0)), f32x4.splat(0));
}

/** 2·√(2/π)·(x + 0.044715·x³): ½·(1 + tanh(z/2)) = σ(z). */
// @ts-ignore: decorator
@inline
function cubic(x: v128): v128 {
  const p = f64x2.add(f64x2.mul(f64x2.mul(x, x), f64x2.splat(TANH_3)), f64x2.splat(TANH_1));
  return f64x2.mul(x, p);
}

/** x·σ(z) with z in f64 and of the sign of x. */
function swish(x: v128, low: v128, high: v128): v128 {
  const limit = f64x2.splat(-125);
  low = f64x2.pmax(f64x2.neg(f64x2.abs(low)), limit);
  high = f64x2.pmax(f64x2.neg(f64x2.abs(high)), limit);
  const n = exponent(demote(low, high)), r = remainder_wide(low, high, n);
  const one = f32x4.splat(1), negative = f32x4.lt(x, f32x4.splat(0));
  const under = f32x4.add(one, scale(times_exp(one, r), n));
  const over = v128.bitselect(times_exp(f32x4.pmax(x, constant(TABLE, 1)), r), x, negative);
  return f32x4.add(scale(f32x4.div(over, under), v128.and(n, negative)), minus_zero_or_nan(x));
}

/** x·tanh(ln(1 + e^x)) = x·w/(w + 2), w = e^x·(e^x + 2); for x > 0 the same divided by e^2x. */
function mish(x: v128): v128 {
  const one = f32x4.splat(1), two = f32x4.splat(2), negative = f32x4.lt(x, f32x4.splat(0));
  const a = f32x4.pmax(f32x4.neg(f32x4.abs(x)), constant(TABLE, 2));
  const n = exponent(a), r = remainder(a, n);
  const e = scale(times_exp(one, r), n), left = f32x4.add(e, two), right = f32x4.add(one, f32x4.add(e, e));
  const w = f32x4.mul(e, v128.bitselect(left, f32x4.add(e, e), negative));
  const under = f32x4.add(w, v128.bitselect(two, right, negative));
  const inside = f32x4.pmax(x, constant(TABLE, 1));
  const over = v128.bitselect(f32x4.mul(times_exp(inside, r), left), f32x4.mul(x, right), negative);
  return f32x4.add(scale(f32x4.div(over, under), v128.and(n, negative)), minus_zero_or_nan(x));
}

/** e/(1 + e) or 1/(1 + e), whichever has e = e^−|x| ≤ 1. */
function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = exp(f32x4.neg(f32x4.abs(x)));
  return f32x4.div(v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0))), f32x4.add(one, e));
}

/** λ·x or λ·α·(e^x − 1). */
// @ts-ignore: decorator
@inline
function selu(x: v128): v128 {
  const left = f32x4.mul(expm1(f32x4.pmax(x, constant(TABLE, 8))), constant(TABLE, 7));
  return v128.bitselect(left, f32x4.mul(x, constant(TABLE, 6)), f32x4.lt(x, f32x4.splat(0)));
}

/** ½·(1 + erf((x − μ)/(σ·√2))). */
// @ts-ignore: decorator
@inline
function laplace(x: v128): v128 {
  const u = f32x4.div(f32x4.sub(x, f32x4.splat(LAPLACE_MEAN)), f32x4.splat(LAPLACE_SCALE));
  return f32x4.mul(f32x4.splat(0.5), f32x4.add(f32x4.splat(1), erf(u)));
}
