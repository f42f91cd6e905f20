import * as library from '../index.ts';
import { loadFrom } from './loading.ts';
import type { PretrainedClass } from './models.ts';
import { camelKeys } from './names.ts';
import { Tensor } from './tensor.ts';

type Size = readonly [height: number, width: number];

/** What a processor gives, which is what a model takes. */
export interface ProcessedImages {
  /** [B, 3, H, W] */
  readonly pixel_values: Tensor;
  /** Of the pictures before anything was resized. */
  readonly original_sizes: readonly Size[];
  /** Of what the model sees. */
  readonly reshaped_input_sizes: readonly Size[];
}

/** A processor that is called with pictures. */
export interface Processor {
  /**
   * @param images one picture or a list, in any form that the library takes
   * @param options fields of the config for this call, as `do_resize`; each has a default
   * @throws `InvalidArgument`, `InvalidImage`, `ImageTooLarge`, `UnsupportedFormat`, `FileNotFound`, `Network`, `Aborted`
   */
  (images: library.PictureInput | readonly library.PictureInput[], options?: object): Promise<ProcessedImages>;
  /** The class of every pixel, and which classes there are. */
  post_process_semantic_segmentation(
    outputs: { readonly logits: library.Tensor },
    target_sizes?: readonly Size[] | null,
  ): { readonly segmentation: Tensor<'int32'>; readonly labels: number[] }[];
  /** As `preprocessor_config.json` has it. */
  readonly config: Readonly<Record<string, unknown>>;
}

function processorOf(processor: library.BeitImageProcessor): Processor {
  const process: (...args: Parameters<Processor>) => Promise<ProcessedImages> = async (images, options = {}) => {
    const { pixelValues, originalSizes } = await processor.preprocess(images, camelKeys(options));
    const [, , height, width] = pixelValues.dims;
    const reshaped = originalSizes.map((): Size => [height, width]);
    return { pixel_values: Tensor.of(pixelValues), original_sizes: originalSizes, reshaped_input_sizes: reshaped };
  };
  const post_process_semantic_segmentation: Processor['post_process_semantic_segmentation'] = (outputs, sizes) =>
    processor.postProcessSemanticSegmentation(outputs, sizes ?? undefined).map(({ segmentation }) => ({
      segmentation: Tensor.of(segmentation),
      labels: [...new Set(segmentation.data)].sort((a, b) => a - b),
    }));
  return Object.assign(process, { post_process_semantic_segmentation, config: processor.toJSON() });
}

function processorClass(Class: typeof library.BeitImageProcessor): PretrainedClass<Processor> {
  return {
    from_pretrained: async (source, options = {}) =>
      processorOf(await loadFrom(source, options, (...from) => Class.fromPretrained(...from))),
  };
}

/** The image processor that a checkpoint names. */
export const AutoImageProcessor = processorClass(library.AutoImageProcessor);
/** The same: these models read nothing but pictures. */
export const AutoProcessor = AutoImageProcessor;
/** BEiT's, with the defaults of transformers 5. */
export const BeitImageProcessor = AutoImageProcessor;
/** BEiT's, with the defaults of transformers 4.10. */
export const BeitFeatureExtractor = processorClass(library.BeitFeatureExtractor);
