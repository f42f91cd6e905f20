import { checkOptions, OPTIONS } from '../../options.ts';
import type { Tensor } from '../../tensor.ts';
import type { Picture } from '../picture.ts';
import { RESAMPLE_FILTERS } from '../resample/resampleFilter.ts';
import {
  FIELDS,
  type ImageProcessorConfig,
  type ImageProcessorOptions,
  snakeCase,
  splitJson,
  withOptions,
} from './imageProcessorConfig.ts';
import { postProcessSemanticSegmentation } from './postProcessSemanticSegmentation.ts';
import type { PreprocessOptions, ProcessedPictures, Resize } from './preprocess.ts';
import { type ProcessorKind, processorKind } from './processorKind.ts';

/**
 * Turns pictures into what BEiT reads, with the arithmetic of transformers' `BeitImageProcessor` on Pillow, bit for bit:
 * resize, center crop, rescale, normalize, channels first. Its defaults are those of transformers 5.
 *
 * @throws `InvalidConfig` for a field of the wrong type or range.
 * @example
 * const processor = new BeitImageProcessor({ size: 384, resample: 'bilinear' });
 * const { pixelValues } = await processor.preprocess(png);
 * console.log(pixelValues.dims); // [1, 3, 384, 384]
 */
export class ImageProcessor {
  static readonly defaults: ImageProcessorConfig = {
    doResize: true,
    size: { height: 224, width: 224 },
    resample: 'bicubic',
    doCenterCrop: false,
    cropSize: { height: 224, width: 224 },
    doRescale: true,
    rescaleFactor: 1 / 255,
    doNormalize: true,
    imageMean: [0.5, 0.5, 0.5],
    imageStd: [0.5, 0.5, 0.5],
    doReduceLabels: false,
  };

  /** The key and value by which a config file names this class. */
  static readonly typeEntry: readonly [key: string, name: string] = ['image_processor_type', 'BeitImageProcessor'];

  readonly config: ImageProcessorConfig;
  readonly #kind: ProcessorKind;
  readonly #others: Readonly<Record<string, unknown>>;

  /**
   * @param options fields that differ from the class's defaults
   * @param others other fields of a config file, which are written back; they may name another class of processor.
   * Default: none
   */
  constructor(options: ImageProcessorOptions = {}, others: Readonly<Record<string, unknown>> = {}) {
    checkOptions(options, OPTIONS.processor, 'options of the image processor');
    this.#kind = processorKind(others);
    const { defaults, edge, read } = this.#kind;
    const given =
      edge && typeof options.size === 'number' ? { ...options, size: { shortest_edge: options.size } } : options;
    const config = withOptions({ ...new.target.defaults, ...defaults }, given);
    this.config = { ...config, ...read?.(others) };
    this.#others = others;
  }

  /**
   * Reads the contents of any `preprocessor_config.json`. `image_processor_type` decides what is computed: {@link processorKind}
   * has the classes. Sizes as numbers, arrays or objects, `size` also as
   * `{ shortest_edge }`, `{ shortest_edge, longest_edge }` or `{ max_height, max_width }`, filters as Pillow's
   * integers, fields that are absent or null at their defaults, switches that are null off, unknown fields kept for
   * {@link toJSON}.
   *
   * @param json the parsed file
   * @returns the processor
   * @throws `InvalidConfig` for a field of the wrong type or range.
   * @example
   * const processor = BeitImageProcessor.fromConfig({ size: 224, resample: 2, do_center_crop: false });
   */
  static fromConfig<P extends ImageProcessor>(
    this: new (
      options: ImageProcessorOptions,
      others: Readonly<Record<string, unknown>>,
    ) => P,
    json: unknown,
  ): P {
    const { options, others } = splitJson(json);
    return new this(options, others);
  }

  /**
   * The config as `preprocessor_config.json` has it.
   *
   * @returns a plain object for `JSON.stringify`
   */
  toJSON(): Record<string, unknown> {
    const [typeKey, typeName] = (this.constructor as typeof ImageProcessor).typeEntry;
    const fields = Object.fromEntries(FIELDS.map((field) => [snakeCase(field), this.config[field]]));
    const named = 'image_processor_type' in this.#others || 'feature_extractor_type' in this.#others;
    const type = named ? {} : { [typeKey]: typeName };
    return { ...fields, resample: RESAMPLE_FILTERS.indexOf(this.config.resample), ...type, ...this.#others };
  }

  /**
   * One picture or many, of any sizes, as one batch: `pixelValues` `[B, 3, H, W]`, and `labels` `[B, H, W]` when
   * segmentation maps are given. Pictures are PNG or JPEG bytes (Uint8Array, ArrayBuffer, Blob) or pixels
   * (`{data, width, height, channels}` of 1, 3 or 4 channels, ImageData).
   *
   * @param pictures one picture or a list, of any sizes
   * @param options fields of the config for this call alone, maps of classes, limits and a signal; each has a default
   * @returns `pixelValues` [B, 3, H, W], the sizes that the pictures had, and `labels` [B, H, W] for maps
   * @throws `InvalidArgument` for an empty list, for anything but pictures, for maps that do not fit their
   * pictures, and for different sizes when nothing resizes them; `Aborted`; and everything that {@link decode} throws.
   * @example
   * const { pixelValues } = await processor.preprocess([png, jpeg], { doCenterCrop: true });
   */
  async preprocess(
    pictures: Picture | readonly Picture[],
    options: PreprocessOptions = {},
  ): Promise<ProcessedPictures> {
    const config = withOptions(this.config, options);
    // a page whose models live in a worker prepares none itself
    const { plainResize, preprocessPictures } = await import('./preprocess.ts');
    const { yieldToEventLoop, resize = plainResize } = this;
    const steps = { kind: this.#kind, others: this.#others, yieldToEventLoop, resize };
    return preprocessPictures(pictures, config, options, steps);
  }

  /** Called before every picture; subclasses yield to the event loop, so that signals can fire. */
  protected async yieldToEventLoop(): Promise<void> {}

  /** How pictures are resized, where not by plain loops; with the same bits. */
  protected readonly resize?: Resize;

  /**
   * {@link postProcessSemanticSegmentation} of a model's outputs, under the name transformers gives it.
   *
   * @param outputs what a segmentation model gave: its `logits` [B, C, h, w]
   * @param rest target sizes, one a picture, and options, as the function takes them
   * @returns the class of every pixel, one tensor a picture
   * @throws `InvalidArgument` as the function does
   */
  postProcessSemanticSegmentation(
    outputs: { readonly logits: Tensor<'float32'> },
    ...rest: Rest<typeof postProcessSemanticSegmentation>
  ): ReturnType<typeof postProcessSemanticSegmentation> {
    return postProcessSemanticSegmentation(outputs?.logits, ...rest);
  }

  /** The class's name. Vue takes an object that has one as it is; through a proxy, private members cannot be reached. */
  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }
}

type Rest<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never;
