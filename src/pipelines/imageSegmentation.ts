import type { Segment } from '../image/process/segments.ts';
import type { PictureInput, PictureOptions } from '../input/pictureInput.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import { labelsByLogit } from '../model/beit/config/labels.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { BeitForSemanticSegmentation } from '../pretrained/beitForSemanticSegmentation.ts';
import type { Tensor } from '../tensor.ts';
import { preprocess } from './picture.ts';
import { loadParts, type Pipeline } from './pipelineParts.ts';

/** A picture to its segments, largest first; a list of pictures to a list of them. */
export interface ImageSegmentationPipeline extends Pipeline {
  /**
   * @param picture one picture
   * @param options limit of pixels and signal
   * @returns a segment for each class that is found, largest first
   * @throws `InvalidImage`, `ImageTooLarge`, `UnsupportedFormat`, `FileNotFound`, `Network`, `InvalidArgument`,
   * `WorkerFailed`, `Disposed`, `Aborted`
   */
  (picture: PictureInput, options?: PictureOptions): Promise<Segment[]>;
  /**
   * @param pictures a list
   * @param options limit of pixels and signal
   * @returns the segments of each picture
   * @throws as for one picture
   */
  (pictures: readonly PictureInput[], options?: PictureOptions): Promise<Segment[][]>;
  /**
   * The class of every pixel [height, width], in the size of the picture.
   *
   * @param picture one picture
   * @param options limit of pixels and signal
   * @returns [height, width] of class numbers
   * @throws as `processor.preprocess` and `forward` do: `InvalidImage`, `ImageTooLarge`, `InvalidArgument`, `Disposed`,
   * `Aborted`
   */
  segment(picture: PictureInput, options?: PictureOptions): Promise<Tensor<'int32'>>;
  readonly model: BeitForSemanticSegmentation;
  readonly processor: BeitImageProcessor;
}

/** Loads a segmentation model and its processor. */
export async function imageSegmentation(source: ModelSource, options: LoadOptions): Promise<ImageSegmentationPipeline> {
  const { model, processor } = await loadParts(
    (...from) => BeitForSemanticSegmentation.fromPretrained(...from),
    source,
    options,
  );
  const labels = labelsByLogit(model.config.id2label);
  const run = async (input: PictureInput | readonly PictureInput[], options: PictureOptions) => {
    checkOptions(options, OPTIONS.picture);
    const { pixelValues, originalSizes: sizes } = await preprocess({ model, processor }, input, options);
    const { logits } = await model.forward({ pixelValues, signal: options.signal });
    return { logits, sizes };
  };
  const segments = async (input: PictureInput | readonly PictureInput[], options: PictureOptions = {}) => {
    const all = await model.loaded.runImageTask('segments', { ...(await run(input, options)), labels }, options.signal);
    return Array.isArray(input) ? all : all[0];
  };
  const segment: ImageSegmentationPipeline['segment'] = async (input, options = {}) =>
    (await model.loaded.runImageTask('segment', await run(input, options), options.signal))[0];
  const dispose = () => model.dispose();
  const parts = { segment, model, processor, dispose, [Symbol.dispose]: dispose };
  return Object.assign(segments, parts) as ImageSegmentationPipeline;
}
