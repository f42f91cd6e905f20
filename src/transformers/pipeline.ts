import * as library from '../index.ts';
import { loadFrom, type PretrainedOptions } from './loading.ts';
import { type Model, modelOf } from './models.ts';
import { camelKeys } from './names.ts';
import { RawImage } from './rawImage.ts';
import { Tensor } from './tensor.ts';

/** One guess of a classifier. */
export interface ImageClassificationOutput {
  readonly label: string;
  readonly score: number;
}

/** One class that is on a picture. */
export interface ImageSegmentationOutput {
  readonly label: string;
  readonly score: null;
  /** 255 where the class is, else 0, in the size of the picture. */
  readonly mask: RawImage;
}

/** The depth of one picture. */
export interface DepthEstimationOutput {
  /** [height, width] of the picture. */
  readonly predicted_depth: Tensor;
  /** The same in gray. */
  readonly depth: RawImage;
}

/** Of a call. Names of the library, as `maxPixels`, are taken too. */
export interface CallOptions extends library.PictureOptions {
  /** Guesses of a classifier, best first; null for all. Default 5. */
  readonly top_k?: number | null;
  /** Of features: the pooled output [B, dim]; default false. */
  readonly pool?: boolean | null;
  /** Of a segmentation; it is always semantic. */
  readonly subtask?: 'semantic' | null;
}

type Pictures = library.PictureInput | readonly library.PictureInput[];

/** What every pipeline has besides being a function. */
export interface PipelineParts {
  readonly task: PipelineTask;
  readonly model: Model;
  /** Gives the memory of the model back. */
  dispose(): Promise<void>;
  [Symbol.dispose](): void;
}

interface ByPicture<O> extends PipelineParts {
  (picture: library.PictureInput, options?: CallOptions): Promise<O>;
  (pictures: readonly library.PictureInput[], options?: CallOptions): Promise<O[]>;
}

interface ByBatch extends PipelineParts {
  (pictures: Pictures, options?: CallOptions): Promise<Tensor>;
}

/** The pipelines by their tasks. */
export interface TransformersPipelines {
  'image-classification': ByPicture<ImageClassificationOutput[]>;
  'image-feature-extraction': ByBatch;
  'image-segmentation': ByPicture<ImageSegmentationOutput[]>;
  'depth-estimation': ByPicture<DepthEstimationOutput>;
}
/** The name of a task. */
export type PipelineTask = keyof TransformersPipelines;

/** What the library gives for one picture, or for a batch → the form of transformers.js. */
const OUTPUTS: { readonly [T in PipelineTask]: (output: never) => unknown } = {
  'image-classification': (guesses: library.Classification[]) =>
    guesses.map(({ label, score }): ImageClassificationOutput => ({ label, score })),
  'image-feature-extraction': (features: library.Tensor) => Tensor.of(features),
  'image-segmentation': (segments: library.Segment[]) =>
    segments.map(({ label, score, mask }): ImageSegmentationOutput => ({ label, score, mask: image(mask) })),
  'depth-estimation': ({ predictedDepth, depth }: library.DepthEstimation): DepthEstimationOutput => ({
    predicted_depth: Tensor.of(predictedDepth),
    depth: image(depth),
  }),
};

const image = ({ data, width, height, channels }: library.GrayPicture) => new RawImage(data, width, height, channels);

/**
 * Loads a model and its processor, and gives the function from pictures to what the task is about, in the form of
 * transformers.js.
 *
 * @param task a key of {@link TransformersPipelines}
 * @param model a folder, a repository of the hub, a URL, or files by name
 * @param options how it is found, loaded and run; each has a default
 * @returns the function, with `task`, `model` and `dispose` as its members
 * @throws `InvalidArgument` for another task, without a model, and for options that do not exist; what `pipeline` of the
 * library throws
 * @example
 * const classify = await pipeline('image-classification', 'fixtures/beit-digits');
 * await classify('fixtures/beit-digits/scans/0005-5.png', { top_k: 1 }); // [{ label: '5', score: 0.99… }]
 */
export async function pipeline<T extends PipelineTask>(
  task: T,
  model: library.ModelSource,
  options: PretrainedOptions = {},
): Promise<TransformersPipelines[T]> {
  checkTask(task);
  if (!model)
    throw new library.BeitError(
      'InvalidArgument',
      `Cannot make a pipeline for ${task}: name a model, there is no default`,
    );
  const own = await loadFrom(model, options, (...from) => library.pipeline(task, ...from));
  return callable(task, own as unknown as LibraryPipeline) as unknown as TransformersPipelines[T];
}

function checkTask(task: string): void {
  if (Object.hasOwn(OUTPUTS, task)) return;
  const tasks = Object.keys(OUTPUTS).join(', ');
  throw new library.BeitError('InvalidArgument', `Unsupported task ${JSON.stringify(task)}: expected one of ${tasks}`);
}

interface LibraryPipeline {
  (pictures: Pictures, options: object): Promise<unknown>;
  readonly model: Parameters<typeof modelOf>[0];
  dispose(): void;
}

function callable(task: PipelineTask, own: LibraryPipeline): PipelineParts {
  const convert = OUTPUTS[task] as (output: unknown) => unknown;
  const isBatch = task === 'image-feature-extraction';
  const call = async (pictures: Pictures, options: CallOptions = {}) => {
    const output = await own(pictures, callOptions(task, options));
    return Array.isArray(pictures) && !isBatch ? (output as unknown[]).map(convert) : convert(output);
  };
  const dispose = () => own.dispose();
  return Object.assign(call, {
    task,
    model: modelOf(own.model),
    dispose: async () => dispose(),
    [Symbol.dispose]: dispose,
  });
}

/** The library checks what is left. A null of `top_k` means all and must not be dropped. */
function callOptions(task: PipelineTask, { top_k, subtask, ...rest }: CallOptions): object {
  if (subtask && (subtask !== 'semantic' || task !== 'image-segmentation'))
    throw new library.BeitError(
      'InvalidArgument',
      `Unsupported subtask ${JSON.stringify(subtask)} of ${task}: expected semantic`,
    );
  return { ...camelKeys(rest), ...(top_k !== undefined && { topK: top_k }) };
}
