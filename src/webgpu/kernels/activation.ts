import type { Epilogue } from '../../backend.ts';

/** 1/(1 + e⁻ˣ), without an infinity on the way. */
const SIGMOID = `fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}`;

/** clamp() and max() may make a number of what is none, which hides what went wrong; only bits are safe from drivers. */
const NAN = `fn unless_nan(x: f32, value: f32) -> f32 {
  return select(value, x, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u);
}
fn within(x: f32, low: f32, high: f32) -> f32 { return unless_nan(x, clamp(x, low, high)); }
fn positive(x: f32) -> f32 { return unless_nan(x, max(x, 0.0)); }`;

/** Left of −9 and right of 9 it is ±1 in f32; some drivers make infinities of it further out. */
const TANH = `${NAN}
fn tanh_of(x: f32) -> f32 { return unless_nan(x, tanh(clamp(x, -9.0, 9.0))); }`;

/** erfc(x) for x ≥ 0 within 1.5·10⁻⁷: Abramowitz and Stegun, 7.1.26. */
const ERFC = `fn erfc_right(x: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3275911 * x);
  let poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return poly * exp(-x * x);
}
fn erfc_of(x: f32) -> f32 {
  let right = erfc_right(abs(x));
  return select(right, 2.0 - right, x < 0.0);
}
fn gelu_of(x: f32) -> f32 { return 0.5 * x * erfc_of(-x * 0.7071067811865476); }`;

const TANH_GELU = {
  functions: SIGMOID,
  value: 'x * sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x))',
};

/** Functions of `x`, and what they call. */
const ACTIVATIONS: Readonly<Record<Exclude<Epilogue, 'store' | 'add'>, { functions?: string; value: string }>> = {
  gelu: { functions: ERFC, value: 'gelu_of(x)' },
  gelu_new: TANH_GELU,
  gelu_fast: TANH_GELU,
  quick_gelu: { functions: SIGMOID, value: 'x * sigmoid(1.702 * x)' },
  gelu_10: { functions: `${ERFC}${NAN}`, value: 'within(gelu_of(x), -10.0, 10.0)' },
  relu: { functions: NAN, value: 'positive(x)' },
  relu2: { functions: NAN, value: 'positive(x) * positive(x)' },
  relu6: { functions: NAN, value: 'within(x, 0.0, 6.0)' },
  leaky_relu: { value: 'select(x, 0.01 * x, x < 0.0)' },
  silu: { functions: SIGMOID, value: 'x * sigmoid(x)' },
  mish: { functions: TANH, value: 'x * tanh_of(max(x, 0.0) + log(1.0 + exp(-abs(x))))' },
  tanh: { functions: TANH, value: 'tanh_of(x)' },
  sigmoid: { functions: SIGMOID, value: 'sigmoid(x)' },
  selu: { value: '1.0507009873554805 * select(x, 1.6732632423543772 * (exp(min(x, 0.0)) - 1.0), x < 0.0)' },
  hardswish: { value: 'x * clamp(x + 3.0, 0.0, 6.0) / 6.0' },
  laplace: { functions: ERFC, value: '0.5 * erfc_of((0.707107 - x) / (0.282095 * 1.4142135623730951))' },
};

/** `finish(x, old)`: the result of an epilogue over the stored value `old`. */
export function finishOf(epilogue: Epilogue): string {
  const { functions = '', value } =
    epilogue === 'store' || epilogue === 'add'
      ? { value: epilogue === 'add' ? 'old + x' : 'x' }
      : ACTIVATIONS[epilogue];
  return `${functions}
fn finish(x: f32, old: f32) -> f32 { return ${value}; }`;
}
