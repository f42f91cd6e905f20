import { check, checkChoice } from '../../../errors.ts';
import { type BeitConfig, PROBLEM_TYPES, type ProblemType } from '../config/config.ts';
import { binaryCrossEntropy, crossEntropy, type Loss, meanSquaredError } from './loss.ts';
import { checkDims, classIndices, IGNORED, type Labels } from './lossLabels.ts';

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
  checkChoice('problemType', type, PROBLEM_TYPES);
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
