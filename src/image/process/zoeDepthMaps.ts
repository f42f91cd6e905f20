import { check } from '../../errors.ts';
import { checkOptions } from '../../options.ts';
import { checkTensor, Tensor } from '../../tensor.ts';
import { postProcessDepthEstimation } from './postProcessDepthEstimation.ts';
import { reflectPadding } from './reflectPadding.ts';
import type { TargetSize } from './targetSizes.ts';

/** What `postProcessZoeDepthEstimation` takes besides. */
export interface ZoeDepthOptions {
  /** [height, width] of each map in the end; default: of its source. */
  readonly targetSizes?: readonly TargetSize[] | undefined;
  /** float32 [B, h, w] of the same pictures seen in a mirror: the mean of both is taken. Default: none. */
  readonly flippedDepth?: Tensor<'float32'> | undefined;
  /** Whether the processor mirrored the edges, which are cut off again. Default true. */
  readonly removePadding?: boolean | undefined;
}

/** What `postProcessZoeDepthEstimation` computes. */
export function zoeDepthMaps(
  predictedDepth: Tensor<'float32'>,
  sourceSizes: readonly TargetSize[],
  options: ZoeDepthOptions = {},
): Tensor<'float32'>[] {
  checkOptions(options, 'targetSizes flippedDepth removePadding');
  const { targetSizes, flippedDepth, removePadding = true } = options;
  const depth = flippedDepth ? meanOfBoth(predictedDepth, flippedDepth) : predictedDepth;
  const margins = sourceSizes.map((size) => (removePadding ? Array.from(size, reflectPadding) : [0, 0]));
  const padded = sourceSizes.map(
    ([height, width], i) => [height + 2 * margins[i][0], width + 2 * margins[i][1]] as const,
  );
  const maps = postProcessDepthEstimation(depth, padded).map((map, i) => cut(map, sourceSizes[i], margins[i]));
  if (!targetSizes) return maps;
  check(targetSizes.length === maps.length, 'InvalidArgument', () => {
    return `Cannot post-process depth: expected ${maps.length} target sizes, one a picture, got ${targetSizes.length}`;
  });
  return maps.flatMap(({ data, dims }, i) =>
    postProcessDepthEstimation(new Tensor('float32', data, [1, ...dims]), [targetSizes[i]]),
  );
}

function meanOfBoth(depth: Tensor<'float32'>, flipped: Tensor<'float32'>): Tensor<'float32'> {
  checkTensor('Cannot post-process depth', flipped, 'float32');
  const { dims, data } = depth;
  check(dims.length === flipped.dims.length && dims.every((n, i) => n === flipped.dims[i]), 'InvalidArgument', () => {
    return `Cannot post-process depth: expected flippedDepth of [${dims}], got [${flipped.dims}]`;
  });
  const width = dims.at(-1)!;
  const mean = data.map((value, i) => {
    const column = i % width;
    return Math.fround(value + flipped.data[i - column + (width - 1 - column)]) / 2;
  });
  return new Tensor('float32', mean, dims);
}

/** The inner part of a map, [height, width]. */
function cut({ data, dims: [, wide] }: Tensor<'float32'>, [height, width]: TargetSize, [top, left]: readonly number[]) {
  const out = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const from = (y + top) * wide + left;
    out.set(data.subarray(from, from + width), y * width);
  }
  return new Tensor('float32', out, [height, width]);
}
