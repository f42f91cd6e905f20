import { exp, ln } from '../math.ts';

/** A loss and its gradient with respect to the logits, of the same size as they. */
export interface LossGradient {
  readonly loss: number;
  readonly dLogits: Float32Array;
}

/**
 * Mean cross entropy between softmax(row) and a distribution for each row of `logits` [rows, classes]: dz = (p − t)·w/Σw.
 * `targets` are distributions [rows, classes], so hard labels, smoothed labels and mixed labels are one case; a row whose
 * weight is 0 does not count.
 */
export function crossEntropyGradient(
  logits: Float32Array,
  classes: number,
  targets: Float64Array,
  counts: (row: number) => boolean = () => true,
): LossGradient {
  const rows = logits.length / classes;
  const counted = Array.from({ length: rows }, (_, row) => row).filter(counts);
  const dLogits = new Float32Array(logits.length);
  let loss = 0;
  for (const row of counted) {
    const begin = row * classes;
    const [scores, target] = [logits.subarray(begin, begin + classes), targets.subarray(begin, begin + classes)];
    const { probabilities, logSum } = softmaxOf(scores);
    const mass = target.reduce((a, b) => a + b, 0);
    loss += scores.reduce((total, z, c) => total + (target[c] === 0 ? 0 : target[c] * (logSum - z)), 0);
    for (let c = 0; c < classes; c++) dLogits[begin + c] = (mass * probabilities[c] - target[c]) / counted.length;
  }
  return { loss: loss / counted.length, dLogits };
}

/**
 * The same for one class a row, without distributions: those over thousands of visual tokens would be large. Rows whose class
 * is below 0 do not count.
 */
export function tokenCrossEntropyGradient(logits: Float32Array, classes: number, tokens: Int32Array): LossGradient {
  const dLogits = new Float32Array(logits.length);
  const counted = tokens.reduce((sum, token) => sum + (token >= 0 ? 1 : 0), 0);
  let loss = 0;
  for (let row = 0; row < tokens.length; row++) {
    if (tokens[row] < 0) continue;
    const [begin, hot] = [row * classes, row * classes + tokens[row]];
    const scores = logits.subarray(begin, begin + classes);
    const { probabilities, logSum } = softmaxOf(scores);
    loss += logSum - logits[hot];
    for (let c = 0; c < classes; c++) dLogits[begin + c] = probabilities[c] / counted;
    dLogits[hot] = (probabilities[tokens[row]] - 1) / counted;
  }
  return { loss: loss / counted, dLogits };
}

/** softmax over a row in f64, and ln Σ e^z. */
function softmaxOf(scores: Float32Array): { probabilities: Float64Array; logSum: number } {
  const peak = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const probabilities = new Float64Array(scores.length);
  let sum = 0;
  for (let c = 0; c < scores.length; c++) {
    probabilities[c] = exp(scores[c] - peak);
    sum += probabilities[c];
  }
  for (let c = 0; c < scores.length; c++) probabilities[c] /= sum;
  return { probabilities, logSum: ln(sum) + peak };
}

/** Mean of (x − t)²: d = 2·(x − t)/n. */
export function meanSquaredErrorGradient(logits: Float32Array, targets: ArrayLike<number>): LossGradient {
  const dLogits = logits.map((x, i) => (2 * (x - targets[i])) / logits.length);
  return { loss: logits.reduce((sum, x, i) => sum + (x - targets[i]) ** 2, 0) / logits.length, dLogits };
}

/** Mean of −t·ln σ(x) − (1 − t)·ln(1 − σ(x)): d = (σ(x) − t)/n. */
export function binaryCrossEntropyGradient(logits: Float32Array, targets: ArrayLike<number>): LossGradient {
  const dLogits = logits.map((x, i) => (sigmoid(x) - targets[i]) / logits.length);
  const loss = logits.reduce((sum, x, i) => {
    return sum + Math.max(x, 0) - x * targets[i] + ln(1 + exp(-Math.abs(x)));
  }, 0);
  return { loss: loss / logits.length, dLogits };
}

function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/** Class indices as distributions [rows, classes]; with `smoothing` ε a share ε is spread over all classes. */
export function distributions(labels: ArrayLike<number>, classes: number, smoothing = 0): Float64Array {
  const out = new Float64Array(labels.length * classes).fill(smoothing / classes);
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] >= 0) out[row * classes + labels[row]] += 1 - smoothing;
  }
  return out;
}
