import { check } from '../../../errors.ts';
import { gridRows } from '../../../interpolate.ts';
import type { Tensor } from '../../../tensor.ts';
import type { BeitConfig } from '../config/config.ts';
import { negativeLogLikelihood } from './loss.ts';
import { classIndices, type Labels } from './lossLabels.ts';

/** Turns logits [B, classes, h, w], and those of the auxiliary head where there is one, into the mean loss. */
export type SegmentationLoss = (logits: Tensor, auxiliary: Tensor | undefined) => number;

/**
 * The loss of a segmentation, its labels checked: logits are resized bilinearly to the size of the labels
 * [B, height, width], then cross entropy over every pixel that is not ignored; the auxiliary head's is weighted and added.
 * All pixels ignored give NaN, as in torch.
 *
 * @throws `InvalidArgument` for labels of a wrong shape, type or range, and for models of one label.
 */
export function segmentationLoss(config: BeitConfig, labels: Labels, images: number): SegmentationLoss {
  const { numLabels, semanticLossIgnoreIndex: ignored, auxiliaryLossWeight } = config;
  check(numLabels > 1, 'InvalidArgument', () => {
    return `Cannot compute a loss: the number of labels should be greater than one, got ${numLabels}`;
  });
  check(labels.dims.length === 3 && labels.dims[0] === images, 'InvalidArgument', () => {
    return `Invalid labels: expected dims [${images}, height, width], got [${labels.dims}]`;
  });
  const indices = classIndices(labels, numLabels, ignored);
  const loss = (logits: Tensor) => resizedCrossEntropy(logits, labels.dims, indices, ignored);
  return (logits, auxiliary) => loss(logits) + (auxiliary ? auxiliaryLossWeight * loss(auxiliary) : 0);
}

function resizedCrossEntropy(logits: Tensor, dims: readonly number[], labels: number[], ignored: number): number {
  const [images, classes, height, width] = logits.dims;
  const [from, to] = [
    { height, width },
    { height: dims[1], width: dims[2] },
  ];
  let sum = 0;
  let count = 0;
  let at = 0;
  for (let b = 0; b < images; b++) {
    const image = logits.data.subarray(b * classes * height * width, (b + 1) * classes * height * width);
    // row by row: the resized logits of a large picture would not fit into memory
    for (const row of gridRows(channelsLast(image, classes), classes, from, to, 'bilinear')) {
      for (let x = 0; x < to.width; x++, at++) {
        if (labels[at] === ignored) continue;
        sum += negativeLogLikelihood(row, x * classes, classes, labels[at]);
        count++;
      }
    }
  }
  return sum / count;
}

/** [channels, pixels] → [pixels, channels]. */
function channelsLast(data: Float32Array, channels: number): Float32Array {
  const pixels = data.length / channels;
  const out = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) for (let p = 0; p < pixels; p++) out[p * channels + c] = data[c * pixels + p];
  return out;
}
