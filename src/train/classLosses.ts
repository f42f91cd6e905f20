import { check, checkChoice } from '../errors.ts';
import { type BeitConfig, PROBLEM_TYPES, type ProblemType } from '../model/beit/config/config.ts';
import { quoted } from '../quoted.ts';
import type { Tensor } from '../tensor.ts';
import {
  binaryCrossEntropyGradient,
  crossEntropyGradient,
  distributions,
  meanSquaredErrorGradient,
  tokenCrossEntropyGradient,
} from './losses.ts';
import { segmentationGradient } from './segmentationLoss.ts';
import type { OutputLoss, OutputValues } from './trainSessionOptions.ts';

/** Labels of a micro-batch: numbers, or a tensor of them. */
export type TrainLabels = ArrayLike<number> | Tensor | Tensor<'int32'> | Tensor<'int64'>;

/** A loss of what a class computes, and its gradients. */
export type LossOf = (outputs: OutputValues) => OutputLoss;

/** What a loss needs to know of a micro-batch. */
export interface LossRequest {
  readonly config: BeitConfig;
  readonly labels: TrainLabels;
  readonly images: number;
  /** Default: as transformers tells it from config and labels. */
  readonly problemType?: ProblemType | undefined;
  readonly labelSmoothing?: number | undefined;
}

/**
 * The loss of an image classifier: mean cross entropy of class indices, binary cross entropy of [B, numLabels] zeros and ones,
 * or mean squares of [B, numLabels] numbers.
 *
 * @throws `InvalidArgument` for labels of a wrong count or range
 */
export function classifierLossOf(request: LossRequest): LossOf {
  const { config, labels, images, labelSmoothing } = request;
  const { numLabels } = config;
  const values = numbersOf(labels);
  if (problemOf(request) === 'single_label_classification') {
    checkLabels(values, images, numLabels);
    const targets = distributions(values, numLabels, labelSmoothing);
    return ({ logits }) => ofLogits(crossEntropyGradient(logits, numLabels, targets));
  }
  const count = images * numLabels;
  check(values.length === count && values.every(Number.isFinite), 'InvalidArgument', () => {
    return `Invalid labels: expected ${count} numbers, ${numLabels} an image, got ${values.length}`;
  });
  const gradient = problemOf(request) === 'regression' ? meanSquaredErrorGradient : binaryCrossEntropyGradient;
  return ({ logits }) => ofLogits(gradient(logits, values));
}

/** What transformers tells from config and labels. */
function problemOf({ config, labels, problemType }: LossRequest): ProblemType {
  checkChoice('problemType', problemType, PROBLEM_TYPES);
  if (problemType ?? config.problemType) return (problemType ?? config.problemType)!;
  if (config.numLabels === 1) return 'regression';
  const data = asTensor(labels)?.data ?? labels;
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  return isFloat ? 'multi_label_classification' : 'single_label_classification';
}

/**
 * The loss of masked image modeling: mean cross entropy over the masked patches, one label each.
 *
 * @throws `InvalidArgument` for labels of a wrong count or range, or no masked patch
 */
export function maskedLossOf({ config, labels }: LossRequest, mask: Float32Array = new Float32Array()): LossOf {
  const { vocabSize } = config;
  const masked = mask.reduce((sum, m) => sum + m, 0);
  check(masked > 0, 'InvalidArgument', () => {
    return 'Invalid boolMaskedPos: expected at least one masked patch, which labels are for';
  });
  const values = numbersOf(labels);
  checkLabels(values, masked, vocabSize);
  let next = 0;
  const tokens = Int32Array.from(mask, (m) => (m ? values[next++] : -1));
  return ({ logits }) => ofLogits(tokenCrossEntropyGradient(logits, vocabSize, tokens));
}

/**
 * The loss of a segmentation: mean cross entropy over the pixels of label maps [B, height, width], to whose size the logits are
 * resized, and `auxiliary_loss_weight` times that of the auxiliary head.
 *
 * @throws `InvalidArgument` for labels of a wrong shape or range
 */
export function mapLossOf({ config, labels, images }: LossRequest, grid: { height: number; width: number }): LossOf {
  const { numLabels, semanticLossIgnoreIndex: ignored, auxiliaryLossWeight } = config;
  const { dims } = asTensor(labels) ?? {};
  check(dims?.length === 3 && dims[0] === images, 'InvalidArgument', () => {
    return `Invalid labels: expected a tensor of dims [${images}, height, width], got ${dims ? `[${dims}]` : quoted(labels)}`;
  });
  const data = numbersOf(labels);
  const stray = data.findIndex((label) => label !== ignored && !isClass(label, numLabels));
  check(stray < 0, 'InvalidArgument', () => {
    return `Invalid labels: expected 0 to ${numLabels - 1}, or ${ignored} to ignore, got ${data[stray]} at ${stray}`;
  });
  const [, height, width] = dims;
  const maps = { data, images, height, width, ignored };
  const fine = { height: 4 * grid.height, width: 4 * grid.width };
  return ({ logits, auxiliaryLogits }) => {
    const { loss, dLogits } = segmentationGradient(logits, numLabels, fine, maps);
    if (!auxiliaryLogits) return { loss, gradients: { logits: dLogits } };
    const auxiliary = segmentationGradient(auxiliaryLogits, numLabels, grid, maps);
    const dAuxiliary = auxiliary.dLogits.map((d) => d * auxiliaryLossWeight);
    return {
      loss: loss + auxiliaryLossWeight * auxiliary.loss,
      gradients: { logits: dLogits, auxiliaryLogits: dAuxiliary },
    };
  };
}

const ofLogits = ({ loss, dLogits }: { loss: number; dLogits: Float32Array }): OutputLoss => ({
  loss,
  gradients: { logits: dLogits },
});

/** Null for plain numbers. The tensor may be of another entry, which has a class of its own. */
function asTensor(labels: TrainLabels): Pick<Tensor<'int32'>, 'data' | 'dims'> | null {
  const { data, dims }: Partial<Tensor<'int32'>> = Object(labels);
  return data && Array.isArray(dims) ? { data, dims } : null;
}

function numbersOf(labels: TrainLabels): number[] {
  return Array.from(Object(asTensor(labels)?.data ?? labels) as ArrayLike<number | bigint>, Number);
}

const isClass = (label: number, classes: number) => Number.isInteger(label) && label >= 0 && label < classes;

function checkLabels(labels: readonly number[], count: number, classes: number): void {
  const stray = labels.find((label) => !isClass(label, classes));
  check(labels.length === count && stray === undefined, 'InvalidArgument', () => {
    return `Invalid labels: expected ${count} from 0 to ${classes - 1}, got ${stray === undefined ? labels.length : quoted(stray)}`;
  });
}
