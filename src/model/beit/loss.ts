import { check } from '../../errors.ts';
import { exp, ln } from '../../numeric.ts';
import type { Tensor } from '../../tensor.ts';
import type { BeitConfig, ProblemType } from './config.ts';

/** Class indices, or numbers to come near to. */
export type Labels = Tensor<'int64'> | Tensor<'int32'> | Tensor;
/** Turns logits into one number: the mean loss, in f64. */
export type Loss = (logits: Tensor) => number;

/** What transformers' cross entropy passes over unless told otherwise. */
export const IGNORED = -100;

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

/**
 * Labels as plain numbers.
 *
 * @throws `InvalidArgument` naming the first that is neither `ignored` nor from 0 to `classes` − 1.
 */
export function classIndices(labels: Labels, classes: number, ignored: number): number[] {
  check(labels.type !== 'float32', 'InvalidArgument', () => {
    return `Invalid labels: expected class indices of type int64 or int32, got ${labels.type}`;
  });
  const indices = Array.from(labels.data, Number);
  const at = indices.findIndex((label) => label !== ignored && !(label >= 0 && label < classes));
  check(at < 0, 'InvalidArgument', () => {
    return `Invalid labels: expected 0 to ${classes - 1}, or ${ignored} to ignore, got ${indices[at]} at ${at}`;
  });
  return indices;
}

export function checkDims(labels: Labels, ...accepted: readonly (readonly number[])[]): void {
  check(
    accepted.some((dims) => `${dims}` === `${labels.dims}`),
    'InvalidArgument',
    () => {
      return `Invalid labels: expected dims ${accepted.map((d) => `[${d}]`).join(' or ')}, got [${labels.dims}]`;
    },
  );
}

/** What transformers infers from the labels when the config does not say. */
export function inferProblemType(config: BeitConfig, labels: Labels): ProblemType {
  if (config.problemType) return config.problemType;
  if (config.numLabels === 1) return 'regression';
  return labels.type === 'float32' ? 'multi_label_classification' : 'single_label_classification';
}

/**
 * The loss of an image classifier over `images` images, its labels checked. Labels are [B] class indices, or float32
 * [B, numLabels] for several labels and regression; a regression to one number takes [B] as well.
 *
 * @throws `InvalidArgument` for labels of a wrong shape, type or range.
 */
export function classificationLoss(config: BeitConfig, labels: Labels, images: number, type?: ProblemType): Loss {
  const { numLabels } = config;
  check(numLabels > 0, 'InvalidArgument', 'Cannot compute a loss: this classifier has no labels');
  const problem = type ?? inferProblemType(config, labels);
  if (problem === 'single_label_classification') {
    checkDims(labels, [images], [images, 1]);
    const indices = classIndices(labels, numLabels, IGNORED);
    return ({ data }) => crossEntropy(data, numLabels, indices, IGNORED);
  }
  checkDims(labels, [images, numLabels], ...(problem === 'regression' && numLabels === 1 ? [[images]] : []));
  const targets = Array.from(labels.data, Number);
  if (problem === 'regression') return ({ data }) => meanSquaredError(data, targets);
  check(labels.type === 'float32', 'InvalidArgument', () => {
    return `Invalid labels: expected float32 for multi-label classification, got ${labels.type}`;
  });
  return ({ data }) => binaryCrossEntropy(data, targets);
}

/**
 * The loss of masked image modelling: cross entropy over the masked patches alone, image after image. `labels` are [M]
 * visual tokens of the M masked patches.
 *
 * @throws `InvalidArgument` for labels without a mask, of a wrong length or out of the vocabulary.
 */
export function maskedLoss(
  config: BeitConfig,
  labels: Labels,
  mask: Tensor<'bool'> | Tensor<'uint8'> | undefined,
): Loss {
  check(mask, 'InvalidArgument', 'Cannot compute a loss: labels need boolMaskedPos, which says what they stand for');
  const masked = Array.from(mask.data.keys()).filter((patch) => mask.data[patch] !== 0);
  check(labels.data.length === masked.length && labels.dims.length === 1, 'InvalidArgument', () => {
    return `Invalid labels: expected one for each of the ${masked.length} masked patches, got dims [${labels.dims}]`;
  });
  const indices = classIndices(labels, config.vocabSize, IGNORED);
  return ({ data }) => crossEntropy(data, config.vocabSize, indices, IGNORED, (i) => masked[i]);
}
