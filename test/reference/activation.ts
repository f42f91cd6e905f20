import type { Activation } from '../../src/activations.ts';
import { erf, erfc, sigmoid } from './special.ts';

/** Each activation in f64, written so that nothing cancels where the f32 one claims relative accuracy. */
export const activations: Record<Activation, (x: number) => number> = {
  gelu,
  gelu_new: tanhGelu,
  gelu_fast: tanhGelu,
  quick_gelu: (x) => x * sigmoid(1.702 * x),
  gelu_10: (x) => Math.min(Math.max(gelu(x), -10), 10),
  relu: (x) => Math.max(x, 0),
  relu2: (x) => Math.max(x, 0) ** 2,
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  leaky_relu: (x) => (x < 0 ? 0.01 * x : x),
  silu: (x) => x * sigmoid(x),
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  tanh: Math.tanh,
  sigmoid,
  selu: (x) => 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x),
  hardswish: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  laplace: (x) => 0.5 * (1 + erf((x - 707107e-6) / (0.282095 * Math.SQRT2))),
};

function gelu(x: number): number {
  return 0.5 * x * erfc(-x / Math.SQRT2);
}

/** ½·(1 + tanh(y)) is σ(2y), relatively exact on the left. */
function tanhGelu(x: number): number {
  return x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
}
