import { check } from '../../errors.ts';
import { bilinearTaps } from '../../interpolate.ts';
import { checkOptions } from '../../options.ts';
import { checkTensor, Tensor } from '../../tensor.ts';
import { checkedSize, checkTargetSizes, type TargetSize } from './targetSizes.ts';

/** The segmentation of one picture. */
export interface SemanticSegmentation {
  readonly segmentation: Tensor<'int32'>; // [H, W], class numbers
  readonly scores?: Tensor<'float32'>; // [C, H, W], the resized logits, present when asked for
}

/** What {@link postProcessSemanticSegmentation} gives besides. */
export interface PostProcessOptions {
  /** Also the resized logits [C, height, width]; default false. */
  readonly returnScores?: boolean | undefined;
}

/**
 * The class of every pixel from the logits `[B, C, h, w]` of a segmentation model: each picture's logits are resized to
 * its target size (bilinear, corners not aligned) and the largest wins, the first of equals.
 *
 * @param logits [B, C, h, w], as a segmentation model gives them
 * @param targetSizes height and width of each picture; unit: pixels. Default: [h, w]
 * @param options whether the resized logits are given too; default: not
 * @returns for each picture its `segmentation` [height, width] of class numbers
 * @throws `InvalidArgument` when there are not as many target sizes as pictures, or a size is none.
 * @example
 * const [{ segmentation }] = postProcessSemanticSegmentation(logits, [[480, 640]]);
 */
export function postProcessSemanticSegmentation(
  logits: Tensor<'float32'>,
  targetSizes?: readonly TargetSize[],
  options: PostProcessOptions = {},
): SemanticSegmentation[] {
  checkTensor('Cannot post-process segmentation', logits, 'float32');
  checkOptions(options, 'returnScores');
  const { returnScores = false } = options;
  const [batch, classes, h, w] = logits.dims;
  check(logits.dims.length === 4 && classes > 0, 'InvalidArgument', () => {
    return `Cannot post-process segmentation: expected logits [B, C, h, w], got [${logits.dims}]`;
  });
  checkTargetSizes('segmentation', targetSizes, batch);
  return Array.from({ length: batch }, (_, b) => {
    const maps = logits.data.subarray(b * classes * h * w, (b + 1) * classes * h * w);
    const size = checkedSize('segmentation', targetSizes?.[b] ?? [h, w], returnScores ? classes : 1);
    return segment(maps, [classes, h, w], size, returnScores);
  });
}

function segment(
  maps: Float32Array, // [C, h, w]
  [classes, h, w]: readonly [number, number, number],
  [height, width]: TargetSize,
  returnScores: boolean,
): SemanticSegmentation {
  const area = height * width;
  const best = new Int32Array(area);
  const highest = new Float32Array(area);
  const scores = new Float32Array(returnScores ? classes * area : area);
  const [rows, columns] = [axisTaps(h, height), axisTaps(w, width)];
  for (let c = 0; c < classes; c++) {
    const plane = returnScores ? scores.subarray(c * area, (c + 1) * area) : scores;
    resizeBilinear(plane, maps.subarray(c * h * w, (c + 1) * h * w), w, rows, columns);
    for (let i = 0; i < area; i++) {
      if (c > 0 && !(plane[i] > highest[i])) continue;
      highest[i] = plane[i];
      best[i] = c;
    }
  }
  const segmentation = new Tensor('int32', best, [height, width]);
  return returnScores
    ? { segmentation, scores: new Tensor('float32', scores, [classes, height, width]) }
    : { segmentation };
}

/** Along one axis: out = near·in[low] + far·in[high]. */
interface Taps {
  readonly low: Int32Array; // [out]
  readonly high: Int32Array; // [out]
  readonly near: Float32Array; // [out]
  readonly far: Float32Array; // [out]
}

/** The taps of every output along one axis, by {@link bilinearTaps}. */
function axisTaps(inputSize: number, outputSize: number): Taps {
  const taps = Array.from({ length: outputSize }, (_, d) => bilinearTaps(d, inputSize, outputSize));
  return {
    low: Int32Array.from(taps, ([low]) => low.index),
    high: Int32Array.from(taps, ([, high]) => high.index),
    near: Float32Array.from(taps, ([low]) => low.weight),
    far: Float32Array.from(taps, ([, high]) => high.weight),
  };
}

/** Rounded where torch's CPU kernel rounds: it fuses the first product of each pair with the sum. */
function resizeBilinear(out: Float32Array, input: Float32Array, w: number, rows: Taps, columns: Taps): void {
  const round = Math.fround;
  const width = columns.low.length;
  for (let y = 0; y < rows.low.length; y++) {
    const [top, bottom] = [rows.low[y] * w, rows.high[y] * w];
    for (let x = 0; x < width; x++) {
      const [l, r, near, far] = [columns.low[x], columns.high[x], columns.near[x], columns.far[x]];
      const above = round(input[top + l] * near + round(input[top + r] * far));
      const below = round(input[bottom + l] * near + round(input[bottom + r] * far));
      out[y * width + x] = above * rows.near[y] + round(below * rows.far[y]);
    }
  }
}
