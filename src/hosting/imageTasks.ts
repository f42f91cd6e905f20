import type { Truncated } from '../image/decodePicture.ts';
import { postProcessDepthEstimation } from '../image/process/postProcessDepthEstimation.ts';
import { postProcessSemanticSegmentation } from '../image/process/postProcessSemanticSegmentation.ts';
import { postProcessZoeDepthEstimation } from '../image/process/postProcessZoeDepthEstimation.ts';
import type { ProcessedPictures } from '../image/process/preprocess.ts';
import { type Segment, segmentsOf } from '../image/process/segments.ts';
import type { TargetSize } from '../image/process/targetSizes.ts';
import type { OpenedPicture } from '../input/pictureInput.ts';
import { BeitImageProcessor } from '../loading/imageProcessors.ts';
import { softmax } from '../math.ts';
import { Tensor } from '../tensor.ts';

/** What a segmentation is made of. */
interface Segmented {
  readonly logits: Tensor; // [B, C, h, w]
  readonly sizes: readonly TargetSize[];
}

/** What depth is made of. */
interface Estimated {
  readonly predictedDepth: Tensor; // [B, h, w]
  readonly sizes: readonly TargetSize[];
  /** Whether the pictures were given the edges of ZoeDepth's processor. */
  readonly padded: boolean;
}

/** Pictures, and the config of an image processor as JSON. */
interface Unprocessed {
  readonly processor: unknown;
  readonly pictures: readonly OpenedPicture[];
  readonly maxPixels?: number | undefined;
  readonly truncated?: Truncated | undefined;
}

/** Slow work before and after a pass, from plain data to plain data, so that it can run where the model is. */
export const imageTasks = {
  preprocess({ processor, pictures, ...reading }: Unprocessed, signal?: AbortSignal): Promise<ProcessedPictures> {
    return BeitImageProcessor.fromConfig(processor).preprocess(pictures, { signal, ...reading });
  },

  /** The class of every pixel [height, width]. */
  segment({ logits, sizes }: Segmented): Tensor<'int32'>[] {
    return postProcessSemanticSegmentation(logits, sizes).map(({ segmentation }) => segmentation);
  },

  /** Depth [height, width] of every picture, `padded` ones without their padding. */
  async depth({ predictedDepth, sizes, padded }: Estimated): Promise<Tensor[]> {
    if (!padded) return postProcessDepthEstimation(predictedDepth, sizes);
    return postProcessZoeDepthEstimation(predictedDepth, sizes);
  },

  segments({ labels, ...segmented }: Segmented & { labels: readonly { label: string }[] }): Segment[][] {
    return imageTasks.segment(segmented).map((map) => segmentsOf(map, labels));
  },

  /** The likeliest visual token of every patch [height, width], and its probability. */
  visualTokens({ logits, grid }: { logits: Tensor; grid: TargetSize }): { tokens: Tensor<'int32'>; scores: Tensor } {
    const [, patches, vocabulary] = logits.dims;
    const tokens = new Int32Array(patches);
    const scores = new Float32Array(patches);
    for (let i = 0; i < patches; i++) {
      const row = softmax(logits.data.subarray(i * vocabulary, (i + 1) * vocabulary));
      tokens[i] = row.indexOf(row.reduce((a, b) => Math.max(a, b)));
      scores[i] = row[tokens[i]];
    }
    return { tokens: new Tensor('int32', tokens, grid), scores: new Tensor('float32', scores, grid) };
  },
};

type ImageTasks = typeof imageTasks;
export type ImageTaskName = keyof ImageTasks;
export type ImageTaskInput<K extends ImageTaskName> = Parameters<ImageTasks[K]>[0];
export type ImageTaskOutput<K extends ImageTaskName> = Awaited<ReturnType<ImageTasks[K]>>;

/** Runs one of the {@link imageTasks} by its name. */
export async function runImageTask<K extends ImageTaskName>(
  name: K,
  input: ImageTaskInput<K>,
  signal?: AbortSignal,
): Promise<ImageTaskOutput<K>> {
  const task = imageTasks[name] as (input: ImageTaskInput<K>, signal?: AbortSignal) => unknown;
  return (await task(input, signal)) as ImageTaskOutput<K>;
}
