import { exp, ln } from '../../../math.ts';
import type { Tensor } from '../../../tensor.ts';

/** Turns logits into one number: the mean loss, in f64. */
export type Loss = (logits: Tensor) => number;

/** −ln softmax(row)[label] = ln Σ e^(row − peak) − (row[label] − peak). */
export function negativeLogLikelihood(logits: Float32Array, begin: number, classes: number, label: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let c = begin; c < begin + classes; c++) peak = Math.max(peak, logits[c]);
  let sum = 0;
  for (let c = begin; c < begin + classes; c++) sum += exp(logits[c] - peak);
  return ln(sum) - (logits[begin + label] - peak);
}

/** Mean over the rows [begin of row] of `logits` whose label is not ignored; NaN when there is none, as in torch. */
export function crossEntropy(
  logits: Float32Array,
  classes: number,
  labels: readonly number[],
  ignored: number,
  rowOf: (i: number) => number = (i) => i,
): number {
  let sum = 0;
  let count = 0;
  for (const [i, label] of labels.entries()) {
    if (label === ignored) continue;
    sum += negativeLogLikelihood(logits, rowOf(i) * classes, classes, label);
    count++;
  }
  return sum / count;
}

/** Mean of (x − target)². */
export function meanSquaredError(logits: Float32Array, targets: readonly number[]): number {
  return targets.reduce((sum, target, i) => sum + (logits[i] - target) ** 2, 0) / targets.length;
}

/** Mean of −t·ln σ(x) − (1 − t)·ln(1 − σ(x)) = max(x, 0) − x·t + ln(1 + e^−|x|). */
export function binaryCrossEntropy(logits: Float32Array, targets: readonly number[]): number {
  const term = (x: number, target: number) => Math.max(x, 0) - x * target + ln(1 + exp(-Math.abs(x)));
  return targets.reduce((sum, target, i) => sum + term(logits[i], target), 0) / targets.length;
}
