import type { PictureInput, PictureOptions } from '../input/pictureInput.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { BeitModel, type BeitModelOutput } from '../pretrained/beitModel.ts';
import { Tensor } from '../tensor.ts';
import { preprocess } from './picture.ts';
import { loadParts, type Pipeline } from './pipelineParts.ts';

export interface FeatureOptions extends PictureOptions {
  /** The pooled output [B, dim] instead of the last hidden state [B, T, dim]. Default false, as in transformers.js. */
  readonly pool?: boolean | undefined;
}

/** Pictures to features; a list of pictures is a batch. */
export interface ImageFeatureExtractionPipeline extends Pipeline {
  /**
   * @param pictures one picture or a list
   * @param options whether features are pooled, limit of pixels, signal; each has a default
   * @returns [B, T, dim], or [B, dim] with `pool`
   * @throws `InvalidImage`, `ImageTooLarge`, `UnsupportedFormat`, `FileNotFound`, `Network`, `InvalidArgument`,
   * `WorkerFailed`, `Disposed`, `Aborted`
   */
  (pictures: PictureInput | readonly PictureInput[], options?: FeatureOptions): Promise<Tensor>;
  /**
   * Pooled features of length 1 [B, dim]: their dot product is the cosine similarity.
   *
   * @param pictures one picture or a list
   * @param options limit of pixels and signal
   * @returns [B, dim], a row a picture
   * @throws as `processor.preprocess` and `forward` do: `InvalidImage`, `ImageTooLarge`, `InvalidArgument`, `Disposed`,
   * `Aborted`
   */
  embed(pictures: PictureInput | readonly PictureInput[], options?: PictureOptions): Promise<Tensor>;
  readonly model: BeitModel;
  readonly processor: BeitImageProcessor;
}

/** Loads a base model (a head in the checkpoint is ignored) and its processor. */
export async function imageFeatureExtraction(
  source: ModelSource,
  options: LoadOptions,
): Promise<ImageFeatureExtractionPipeline> {
  const { model, processor } = await loadParts((...from) => BeitModel.fromPretrained(...from), source, options);
  const extract = async (input: PictureInput | readonly PictureInput[], options: FeatureOptions = {}) => {
    checkOptions(options, OPTIONS.features);
    const { pixelValues } = await preprocess({ model, processor }, input, options);
    const { pool, signal } = options;
    const output = await model.forward({ pixelValues, signal });
    return pool ? pooledRows(output) : output.lastHiddenState;
  };
  const embed: ImageFeatureExtractionPipeline['embed'] = async (input, options = {}) => {
    checkOptions(options, OPTIONS.picture);
    return unitRows(await extract(input, { ...options, pool: true }));
  };
  const dispose = () => model.dispose();
  return Object.assign(extract, { embed, model, processor, dispose, [Symbol.dispose]: dispose });
}

/** [B, dim]: what the pooler gives, or the first token where there is none. */
export function pooledRows({ poolerOutput, lastHiddenState }: BeitModelOutput): Tensor {
  if (poolerOutput) return poolerOutput;
  const { data, dims } = lastHiddenState;
  const [images, tokens, dim] = dims;
  const rows = new Float32Array(images * dim);
  for (let b = 0; b < images; b++)
    rows.set(data.subarray(b * tokens * dim, (b * tokens + 1) * dim) as Float32Array, b * dim);
  return new Tensor('float32', rows, [images, dim]);
}

/** Rows of length 1; a row of zeros stays. */
export function unitRows(features: Tensor): Tensor {
  const cols = features.dims.at(-1)!;
  const out = new Float32Array(features.data.length);
  for (let begin = 0; begin < out.length; begin += cols) {
    const row = features.data.subarray(begin, begin + cols);
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0)) || 1;
    out.set(
      row.map((x) => x / length),
      begin,
    );
  }
  return new Tensor('float32', out, features.dims);
}
