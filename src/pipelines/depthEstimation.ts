import { listOfPictures } from '../input/openPicture.ts';
import type { PictureInput, PictureOptions } from '../input/pictureInput.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import { DPTForDepthEstimation } from '../pretrained/dptForDepthEstimation.ts';
import type { Tensor } from '../tensor.ts';
import { preprocess } from './picture.ts';
import { loadParts, type Pipeline } from './pipelineParts.ts';

/** The depth of one picture. */
export interface DepthEstimation {
  /** [height, width] of the picture: relative inverse depth, larger is nearer, or meters in metric models. */
  readonly predictedDepth: Tensor;
  /** The same as a gray picture, from 0 at its least to 255 at its largest. */
  readonly depth: GrayPicture;
}

/** Gray pixels, which `encodePng` takes. */
export interface GrayPicture {
  readonly data: Uint8Array; // [height, width]
  readonly width: number;
  readonly height: number;
  readonly channels: 1;
}

/** Tells how far away every pixel of a picture is. */
export interface DepthEstimationPipeline extends Pipeline {
  /**
   * @param picture one picture
   * @param options limit of pixels and signal
   * @returns the depth of one picture
   * @throws `InvalidImage`, `ImageTooLarge`, `UnsupportedFormat`, `FileNotFound`, `Network`, `InvalidArgument`,
   * `WorkerFailed`, `Disposed`, `Aborted`
   */
  (picture: PictureInput, options?: PictureOptions): Promise<DepthEstimation>;
  /**
   * @param pictures a list
   * @param options limit of pixels and signal
   * @returns the depth of each picture
   * @throws as for one picture
   */
  (pictures: readonly PictureInput[], options?: PictureOptions): Promise<DepthEstimation[]>;
  readonly model: DPTForDepthEstimation;
  readonly processor: BeitImageProcessor;
}

/** Loads a depth estimator and its processor. */
export async function depthEstimation(source: ModelSource, options: LoadOptions): Promise<DepthEstimationPipeline> {
  const { model, processor } = await loadParts(
    (...from) => DPTForDepthEstimation.fromPretrained(...from),
    source,
    options,
  );
  const isZoe = isZoeDepth(processor);
  const padded = isZoe && processor.toJSON().do_pad !== false;
  const estimateAll = async (input: PictureInput | readonly PictureInput[], options: PictureOptions) => {
    const { pixelValues, originalSizes: sizes } = await preprocess({ model, processor }, input, options);
    const { predictedDepth } = await model.forward({ pixelValues, signal: options.signal });
    const maps = await model.loaded.runImageTask('depth', { predictedDepth, sizes, padded }, options.signal);
    return maps.map((map) => ({ predictedDepth: map, depth: grayPicture(map) }));
  };
  const estimate = async (input: PictureInput | readonly PictureInput[], options: PictureOptions = {}) => {
    if (!Array.isArray(input)) return (await estimateAll(input, options))[0];
    if (!isZoe) return estimateAll(input, options);
    // its processor leaves pictures of several sizes, and pictures of one pass vote on the range of depths
    const all: DepthEstimation[] = [];
    for (const picture of listOfPictures(input)) all.push(...(await estimateAll(picture, options)));
    return all;
  };
  const dispose = () => model.dispose();
  return Object.assign(estimate, { model, processor, dispose, [Symbol.dispose]: dispose }) as DepthEstimationPipeline;
}

function isZoeDepth(processor: BeitImageProcessor): boolean {
  const { image_processor_type, feature_extractor_type } = processor.toJSON();
  return /^ZoeDepth/.test(String(image_processor_type ?? feature_extractor_type));
}

/** As transformers' pipeline draws it: stretched from the least to the largest, and cut to whole levels. */
export function grayPicture({ data, dims: [height, width] }: Tensor): GrayPicture {
  const least = data.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const range = Math.fround(data.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - least);
  const level = (x: number) => Math.fround(Math.fround(Math.fround(x - least) / range) * 255);
  return { data: Uint8Array.from(data, range > 0 ? level : () => 0), width, height, channels: 1 };
}
