import { check } from '../errors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import { OPTIONS, ownNames, type WithOtherNames } from '../options.ts';
import { quoted } from '../quoted.ts';
import type { DepthEstimationPipeline } from './depthEstimation.ts';
import type { FillMaskImagePipeline } from './fillMaskImage.ts';
import { type ImageClassificationPipeline, imageClassification } from './imageClassification.ts';
import type { ImageFeatureExtractionPipeline } from './imageFeatureExtraction.ts';
import type { ImageSegmentationPipeline } from './imageSegmentation.ts';

/** Tasks by the names that the ecosystem uses where it has one. */
export interface Pipelines {
  'image-classification': ImageClassificationPipeline;
  'image-feature-extraction': ImageFeatureExtractionPipeline;
  'image-segmentation': ImageSegmentationPipeline;
  'fill-mask-image': FillMaskImagePipeline;
  'depth-estimation': DepthEstimationPipeline;
}
/** The name of a task, a key of {@link Pipelines}. */
export type Task = keyof Pipelines;

/** The commonest is here, the others are chunks of their own. */
const TASKS: { readonly [T in Task]: (source: ModelSource, options: LoadOptions) => Promise<Pipelines[T]> } = {
  'image-classification': imageClassification,
  'image-feature-extraction': async (...from) =>
    (await import('./imageFeatureExtraction.ts')).imageFeatureExtraction(...from),
  'image-segmentation': async (...from) => (await import('./imageSegmentation.ts')).imageSegmentation(...from),
  'fill-mask-image': async (...from) => (await import('./fillMaskImage.ts')).fillMaskImage(...from),
  'depth-estimation': async (...from) => (await import('./depthEstimation.ts')).depthEstimation(...from),
};

/**
 * Loads a model and its image processor and gives the function from a picture to what the task is about.
 *
 * @param task a key of {@link Pipelines}
 * @param source a folder, a repository of the hub, a URL, or files by name; a folder wins over a repository of the same
 * name
 * @param options how the model is found, loaded and run; each has a default
 * @returns the function, with `model`, `processor` and `dispose` as its members
 * @throws `InvalidArgument` for an unknown task; what `fromPretrained` throws.
 * @example
 * const classify = await pipeline('image-classification', 'fixtures/beit-digits');
 * await classify('fixtures/beit-digits/scans/0005-5.png', { topK: 1 }); // [{ label: '5', score: 0.99…, … }]
 */
export async function pipeline<T extends Task>(
  task: T,
  source: ModelSource,
  options: WithOtherNames<LoadOptions> = {},
): Promise<Pipelines[T]> {
  check(Object.hasOwn(TASKS, task), 'InvalidArgument', () => {
    return `Unknown task ${quoted(task)}: expected one of ${Object.keys(TASKS).join(', ')}`;
  });
  return TASKS[task](source, ownNames(options, OPTIONS.load));
}
