import { check } from '../../../errors.ts';
import type { Tensor } from '../../../tensor.ts';
import type { BeitConfig } from '../config/config.ts';
import { crossEntropy, type Loss } from './loss.ts';
import { classIndices, IGNORED, type Labels } from './lossLabels.ts';

/**
 * The loss of masked image modeling: cross entropy over the masked patches alone, image after image. `labels` are [M]
 * visual tokens of the M masked patches.
 *
 * @throws `InvalidArgument` for labels without a mask, of a wrong length or out of the vocabulary.
 */
export function maskedLoss(
  config: BeitConfig,
  labels: Labels,
  mask: Tensor<'bool'> | Tensor<'uint8'> | undefined,
): Loss {
  check(mask, 'InvalidArgument', 'Cannot compute a loss: labels need boolMaskedPos, which tells their patches');
  const masked = Array.from(mask.data.keys()).filter((patch) => mask.data[patch] !== 0);
  check(labels.data.length === masked.length && labels.dims.length === 1, 'InvalidArgument', () => {
    return `Invalid labels: expected one for each of the ${masked.length} masked patches, got dims [${labels.dims}]`;
  });
  const indices = classIndices(labels, config.vocabSize, IGNORED);
  return ({ data }) => crossEntropy(data, config.vocabSize, indices, IGNORED, (i) => masked[i]);
}
