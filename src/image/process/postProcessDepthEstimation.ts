import { check } from '../../errors.ts';
import { resizeGrid } from '../../interpolate.ts';
import { checkTensor, Tensor } from '../../tensor.ts';
import { checkedSize, checkTargetSizes, type TargetSize } from './targetSizes.ts';

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
  checkTargetSizes('depth', targetSizes, batch);
  return Array.from({ length: batch }, (_, b) => {
    const map = data.slice(b * h * w, (b + 1) * h * w);
    if (!targetSizes) return new Tensor('float32', map, [h, w]);
    const [height, width] = checkedSize('depth', targetSizes[b]);
    const resized = resizeGrid(map, 1, { height: h, width: w }, { height, width }, 'bicubic');
    return new Tensor('float32', resized, [height, width]);
  });
}
