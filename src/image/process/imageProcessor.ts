import { check, checkChoice, throwIfAborted } from '../../errors.ts';
import { checkOptions, OPTIONS } from '../../options.ts';
import type { Tensor } from '../../tensor.ts';
import type { Truncated } from '../decode.ts';
import { type Picture, readResizedPicture, readSegmentationMap, type SegmentationMap } from '../picture.ts';
import type { RgbPixels } from '../pixels.ts';
import { RESAMPLE_FILTERS, type ResampleFilter } from '../resample/resampleFilter.ts';
import { resize } from '../resample/resize.ts';
import { type CropConvention, centerCrop } from './centerCrop.ts';
import {
  FIELDS,
  type ImageProcessorConfig,
  type ImageProcessorOptions,
  snakeCase,
  splitJson,
  withOptions,
} from './imageProcessorConfig.ts';
import { type LabelResample, labels, type PlacedGeometry } from './labels.ts';
import { type PixelValueRule, pixelValues } from './pixelValues.ts';
import { postProcessSemanticSegmentation, type TargetSize } from './postProcessSemanticSegmentation.ts';
import { type ProcessorKind, plainGeometry, processorKind } from './processorKind.ts';
import type { Size } from './readField.ts';

/** What `BeitImageProcessor.preprocess` takes beside the pictures; config fields override those of the processor. */
export interface PreprocessOptions extends ImageProcessorOptions {
  /** One map of class numbers a picture, of its size. */
  readonly segmentationMaps?: SegmentationMap | readonly SegmentationMap[] | undefined;
  /** How maps are resized: `nearest` unless given. */
  readonly labelResample?: LabelResample | undefined;
  /** Which side an odd crop or padding favors: `pil` unless given. */
  readonly cropConvention?: CropConvention | undefined;
  /** Pictures of more pixels are rejected; 64,000,000 unless given. */
  readonly maxPixels?: number | undefined;
  /** What becomes of a JPEG or PNG whose data end early: `error` unless given; `fill` gives what is there. */
  readonly truncated?: Truncated | undefined;
  /** Looked at before every picture. */
  readonly signal?: AbortSignal | undefined;
}

/** What `BeitImageProcessor.preprocess` gives. */
export interface ProcessedPictures {
  readonly pixelValues: Tensor<'float32'>; // [B, 3, H, W]
  /** Of the upright pictures before anything was resized: the target sizes of a segmentation. */
  readonly originalSizes: readonly TargetSize[];
  readonly labels?: Tensor<'int32'>; // [B, H, W], present when segmentationMaps were given
}

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

  /** The config as `preprocessor_config.json` has it. */
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
    checkChoice('cropConvention', options.cropConvention, ['pil', 'torchvision']);
    checkChoice('labelResample', options.labelResample, ['nearest', 'reference']);
    const list = listOf(pictures);
    check(list.length > 0, 'InvalidArgument', 'Cannot preprocess pictures: expected at least one, got none');
    const sizes: TargetSize[] = [];
    const processed: RgbPixels[] = [];
    for (const picture of list) {
      await this.yieldToEventLoop();
      throwIfAborted(options.signal);
      const { pixels, size } = await this.#transformed(picture, config, options);
      sizes.push(size);
      processed.push(pixels);
    }
    const images = { pixelValues: pixelValues(processed, config, this.#values(config)), originalSizes: sizes };
    if (options.segmentationMaps === undefined) return images;
    const maps = await Promise.all(listOf(options.segmentationMaps).map((map) => readSegmentationMap(map, options)));
    checkMaps(maps, sizes);
    return {
      ...images,
      labels: labels(maps, config, options.labelResample ?? 'nearest', (map) => this.#geometry(config, map, options)),
    };
  }

  /** Called before every picture; subclasses yield to the event loop, so that signals can fire. */
  protected async yieldToEventLoop(): Promise<void> {}

  /** How pictures are resized; subclasses may do it faster, with the same bits. */
  protected async resize(
    picture: RgbPixels,
    width: number,
    height: number,
    filter: ResampleFilter,
  ): Promise<RgbPixels> {
    return resize(picture, width, height, filter);
  }

  /** A picture resized and cropped, and the size that it had upright. */
  async #transformed(picture: Picture, config: ImageProcessorConfig, options: PreprocessOptions) {
    const read = await readResizedPicture(picture, options, (original) => {
      const { size } = this.#geometry(config, original, options);
      return size ? { ...size, filter: config.resample } : null;
    });
    const { size, crop, cropConvention } = this.#geometry(config, read, options);
    const isWanted = read.isResized || !size;
    const resized = isWanted ? read.pixels : await this.resize(read.pixels, size.width, size.height, config.resample);
    const pixels = crop ? centerCrop(resized, crop.width, crop.height, cropConvention) : resized;
    return { pixels, size: [read.height, read.width] as TargetSize };
  }

  #geometry(config: ImageProcessorConfig, picture: Size, { cropConvention }: PreprocessOptions): PlacedGeometry {
    const { geometry = plainGeometry, cropConvention: own } = this.#kind;
    return { ...geometry(config, picture, this.#others), cropConvention: cropConvention ?? own };
  }

  #values(config: ImageProcessorConfig): PixelValueRule {
    const { bgr = false, value } = this.#kind;
    return { bgr, value: value && ((u, channel) => value(u, channel, config, this.#others)) };
  }

  /** {@link postProcessSemanticSegmentation} of a model's outputs, under the name transformers gives it. */
  postProcessSemanticSegmentation(
    outputs: { readonly logits: Tensor<'float32'> },
    ...rest: Rest<typeof postProcessSemanticSegmentation>
  ): ReturnType<typeof postProcessSemanticSegmentation> {
    return postProcessSemanticSegmentation(outputs?.logits, ...rest);
  }
}

type Rest<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never;

function listOf<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? one : [one as T];
}

function checkMaps(maps: readonly Pick<RgbPixels, 'width' | 'height'>[], pictures: readonly TargetSize[]): void {
  const counts = `${maps.length} maps for ${pictures.length} pictures`;
  check(maps.length === pictures.length, 'InvalidArgument', `Cannot preprocess segmentation maps: got ${counts}`);
  maps.forEach(({ width, height }, i) => {
    const [tall, wide] = pictures[i];
    check(width === wide && height === tall, 'InvalidArgument', () => {
      const found = `${width} × ${height} for a picture of ${wide} × ${tall}`;
      return `Cannot preprocess segmentation map ${i}: it is ${found}`;
    });
  });
}
