import type { Tensor } from '../../tensor.ts';
import type { TargetSize } from './targetSizes.ts';
import type { ZoeDepthOptions } from './zoeDepthMaps.ts';

/**
 * Depth of a ZoeDepth at the sizes of its pictures, without the edges that its processor adds: what
 * `post_process_depth_estimation` of transformers' `ZoeDepthImageProcessor` computes.
 *
 * @param predictedDepth float32 [B, h, w]
 * @param sourceSizes [height, width] of each picture before it was processed
 * @param options mirrored depth, sizes in the end, whether there are edges to cut off; each has a default
 * @returns one map [height, width] a picture
 * @throws `InvalidArgument` when there are not as many sizes as maps, or the mirrored depth has other dims
 * @example
 * const depth = new Tensor('float32', new Float32Array(8 * 8).fill(2), [1, 8, 8]);
 * const [map] = await postProcessZoeDepthEstimation(depth, [[30, 40]]); // dims [30, 40]
 */
export async function postProcessZoeDepthEstimation(
  predictedDepth: Tensor<'float32'>,
  sourceSizes: readonly TargetSize[],
  options?: ZoeDepthOptions,
): Promise<Tensor<'float32'>[]> {
  const { zoeDepthMaps } = await import('./zoeDepthMaps.ts'); // few models have it
  return zoeDepthMaps(predictedDepth, sourceSizes, options);
}
