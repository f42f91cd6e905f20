import { check } from '../../errors.ts';
import { resizeGrid } from '../../interpolate.ts';
import { quoted } from '../../quoted.ts';
import { checkTensor, Tensor } from '../../tensor.ts';
import type { TargetSize } from './postProcessSemanticSegmentation.ts';

/** Pixels of one resized map at most. */
const MOST_PIXELS = 2 ** 29;

/**
 * The depth `[B, h, w]` of a model at the sizes of its pictures: bicubic, corners not aligned, as transformers resizes it.
 *
 * @param predictedDepth float32 [B, h, w]
 * @param targetSizes [height, width] of each picture; default: as it is
 * @returns one map [height, width] a picture
 * @throws `InvalidArgument` when there are not as many target sizes as maps, or a size is none
 * @example
 * const depth = new Tensor('float32', new Float32Array(4 * 4).fill(2), [1, 4, 4]);
 * const [map] = postProcessDepthEstimation(depth, [[480, 640]]); // dims [480, 640]
 */
export function postProcessDepthEstimation(
  predictedDepth: Tensor<'float32'>,
  targetSizes?: readonly TargetSize[],
): Tensor<'float32'>[] {
  checkTensor('Cannot post-process depth', predictedDepth, 'float32');
  const { dims, data } = predictedDepth;
  check(dims.length === 3, 'InvalidArgument', () => `Cannot post-process depth: expected [B, h, w], got [${dims}]`);
  const [batch, h, w] = dims;
  check(!targetSizes || targetSizes.length === batch, 'InvalidArgument', () => {
    return `Cannot post-process depth: expected ${batch} target sizes, one a picture, got ${targetSizes?.length}`;
  });
  return Array.from({ length: batch }, (_, b) => {
    const map = data.slice(b * h * w, (b + 1) * h * w);
    if (!targetSizes) return new Tensor('float32', map, [h, w]);
    const [height, width] = checked(targetSizes[b]);
    const resized = resizeGrid(map, 1, { height: h, width: w }, { height, width }, 'bicubic');
    return new Tensor('float32', resized, [height, width]);
  });
}

function checked(size: TargetSize): TargetSize {
  const whole = Array.isArray(size) && size.length === 2 && size.every((side) => Number.isInteger(side) && side > 0);
  check(whole && size[0] * size[1] <= MOST_PIXELS, 'InvalidArgument', () => {
    return `Cannot post-process depth: expected [height, width] of at most ${MOST_PIXELS} pixels, got ${quoted(size)}`;
  });
  return size;
}
