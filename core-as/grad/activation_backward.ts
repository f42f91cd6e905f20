// Activations over rows, and their derivatives. The forward pass of training keeps what went into an activation.
import { Activation, activate } from "../simd/activation";
import { erf } from "../simd/erf";
import { exp } from "../simd/exp";
import { constant, madd } from "../simd/lanes";
import { load_some, store_some } from "../simd/part";
import { tanh } from "../simd/tanh";

/** 1/√2 · 1/√(2π) · 2·√(2/π) and 0.044715 times it and three times that · 1.702 · 0.01 · λ, λ·α of selu · ln of the largest e^x that mish needs · laplace: μ, 1/(σ·√2), 1/(σ·√(2π)) */
const TABLE: usize = memory.data<f32>([
  0.7071067811865476, 0.3989422804014327, 1.5957691216057308, 0.07135481627260025, 0.21406444881780074,
  1.702, 0.01, 1.0507009873554805, 1.7580993408473766, 20, 0.707107, 2.506626424383798, 1.4142125184828966,
]);

/** Rows [begin, end). out = activation `kind` of x. */
export function activate_rows(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize, cols: usize, kind: i32,
): void {
  for (let i = begin; i < end; ++i) {
    const to = out + (i * outStride << 2), from = x + (i * xStride << 2);
    for (let c: usize = 0; c < cols; c += 4) {
      const n = min<usize>(4, cols - c);
      store_some(to + (c << 2), activate(kind, load_some(from + (c << 2), n)), n);
    }
  }
}

/** Rows [begin, end). dx = dy ⊙ activation′(x). */
export function activation_backward(
  begin: usize, end: usize, dx: usize, dxStride: usize, dy: usize, dyStride: usize, x: usize, xStride: usize,
  cols: usize, kind: i32,
): void {
  for (let i = begin; i < end; ++i) {
    const to = dx + (i * dxStride << 2), dys = dy + (i * dyStride << 2), xs = x + (i * xStride << 2);
    for (let c: usize = 0; c < cols; c += 4) {
      const n = min<usize>(4, cols - c), at = c << 2;
      store_some(to + at, f32x4.mul(load_some(dys + at, n), slope(kind, load_some(xs + at, n))), n);
    }
  }
}

/** The derivative of activation `kind` at four numbers; where there is none, the one that torch takes. */
function slope(kind: i32, x: v128): v128 {
  const one = f32x4.splat(1), zero = f32x4.splat(0), positive = f32x4.gt(x, zero);
  switch (kind) {
    case Activation.gelu: return gelu_slope(x);
    case Activation.gelu_10: return v128.and(gelu_slope(x), f32x4.le(x, f32x4.splat(10)));
    case Activation.gelu_new:
    case Activation.gelu_fast: {
      const s = f32x4.mul(x, x);
      const z = f32x4.mul(x, madd(s, constant(TABLE, 3), constant(TABLE, 2)));
      return gated(f32x4.mul(x, madd(s, constant(TABLE, 4), constant(TABLE, 2))), z);
    }
    case Activation.quick_gelu: {
      const z = f32x4.mul(x, constant(TABLE, 5));
      return gated(z, z);
    }
    case Activation.silu: return gated(x, x);
    case Activation.relu: return v128.and(one, positive);
    case Activation.relu2: return f32x4.mul(f32x4.splat(2), f32x4.pmax(x, zero));
    case Activation.relu6: return v128.and(one, v128.and(positive, f32x4.lt(x, f32x4.splat(6))));
    case Activation.leaky_relu: return v128.bitselect(one, constant(TABLE, 6), positive);
    case Activation.mish: return mish_slope(x);
    case Activation.tanh: {
      const t = tanh(x);
      return f32x4.sub(one, f32x4.mul(t, t));
    }
    case Activation.sigmoid: {
      const s = sigmoid(x);
      return f32x4.mul(s, f32x4.sub(one, s));
    }
    case Activation.selu:
      return v128.bitselect(constant(TABLE, 7), f32x4.mul(constant(TABLE, 8), exp(f32x4.pmin(x, zero))), positive);
    case Activation.hardswish: {
      const middle = f32x4.div(madd(f32x4.splat(2), x, f32x4.splat(3)), f32x4.splat(6));
      const left = v128.and(middle, f32x4.gt(x, f32x4.splat(-3)));
      return v128.bitselect(one, left, f32x4.ge(x, f32x4.splat(3)));
    }
    case Activation.laplace: {
      const u = f32x4.mul(f32x4.sub(x, constant(TABLE, 10)), constant(TABLE, 11));
      return f32x4.mul(exp(f32x4.neg(f32x4.mul(u, u))), constant(TABLE, 12));
    }
    default: return one;
  }
}

/** Φ(x) + x·φ(x). */
// @ts-ignore: decorator
@inline
function gelu_slope(x: v128): v128 {
  const half = f32x4.splat(0.5);
  const below = madd(erf(f32x4.mul(x, constant(TABLE, 0))), half, half);
  const density = f32x4.mul(exp(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5))), constant(TABLE, 1));
  return madd(x, density, below);
}

/** σ(z) + x·z′·σ(z)·(1 − σ(z)), the derivative of x·σ(z), given `slope` = x·z′. */
// @ts-ignore: decorator
@inline
function gated(slope: v128, z: v128): v128 {
  const s = sigmoid(z);
  return madd(f32x4.mul(slope, s), f32x4.sub(f32x4.splat(1), s), s);
}

/** e/(1 + e) or 1/(1 + e) with e = e^−|x|. */
// @ts-ignore: decorator
@inline
function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1), e = exp(f32x4.neg(f32x4.abs(x)));
  return f32x4.div(v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0))), f32x4.add(one, e));
}

/** t + x·(1 − t²)·σ(x) with t = tanh(ln(1 + e^x)) = w/(w + 2), w = e^x·(e^x + 2), which is 1 from x = 20 on. */
function mish_slope(x: v128): v128 {
  const one = f32x4.splat(1), two = f32x4.splat(2);
  const e = exp(f32x4.pmin(x, constant(TABLE, 9))), w = f32x4.mul(e, f32x4.add(e, two));
  const t = f32x4.div(w, f32x4.add(w, two));
  // 1 − t² = 4·(w + 1)/(w + 2)², without cancellation
  const under = f32x4.add(w, two);
  const rest = f32x4.div(f32x4.mul(f32x4.splat(4), f32x4.div(f32x4.add(w, one), under)), under);
  return madd(f32x4.mul(x, rest), sigmoid(x), t);
}
