import { check, checkChoice, throwIfAborted } from '../../errors.ts';
import { Tensor } from '../../tensor.ts';
import type { Truncated } from '../decodePicture.ts';
import {
  type Picture,
  readPicture,
  readResizedPicture,
  readSegmentationMap,
  type SegmentationMap,
} from '../picture.ts';
import type { RgbPixels } from '../pixels.ts';
import type { ResampleFilter } from '../resample/resampleFilter.ts';
import { resize as resizePlainly } from '../resample/resize.ts';
import { type CropConvention, centerCrop } from './centerCrop.ts';
import type { ImageProcessorConfig, ImageProcessorOptions } from './imageProcessorConfig.ts';
import { type LabelResample, labels, type PlacedGeometry } from './labels.ts';
import { type PixelValueRule, pixelValues, sameSize } from './pixelValues.ts';
import type { OtherKeys, ProcessorKind } from './processorKind.ts';
import { plainGeometry, rulesOf } from './processorRules.ts';
import type { Size } from './readField.ts';
import type { TargetSize } from './targetSizes.ts';

/** What `BeitImageProcessor.preprocess` takes beside the pictures; config fields override those of the processor. */
export interface PreprocessOptions extends ImageProcessorOptions {
  /** One map of class numbers a picture, of its size; without them there are no `labels`. */
  readonly segmentationMaps?: SegmentationMap | readonly SegmentationMap[] | undefined;
  /** How maps are resized: `nearest` unless given. */
  readonly labelResample?: LabelResample | undefined;
  /** Which side an odd crop or padding favors: `pil` unless given. */
  readonly cropConvention?: CropConvention | undefined;
  /** Pictures of more pixels are rejected; 64,000,000 unless given. */
  readonly maxPixels?: number | undefined;
  /** What becomes of a picture whose data end early: `error` unless given; `fill` gives what is there. */
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

/** How a picture is resized. */
export type Resize = (picture: RgbPixels, width: number, height: number, filter: ResampleFilter) => Promise<RgbPixels>;

/** What a processor adds to its config. */
interface Steps {
  readonly kind: ProcessorKind;
  readonly others: OtherKeys;
  readonly yieldToEventLoop: () => Promise<void>;
  readonly resize: Resize;
}

/** Plain loops; a caller with a core may resize faster, with the same bits. */
export const plainResize: Resize = async (...args) => resizePlainly(...args);

/** What `ImageProcessor.preprocess` does, with its config. */
export async function preprocessPictures(
  pictures: Picture | readonly Picture[],
  config: ImageProcessorConfig,
  options: PreprocessOptions,
  steps: Steps,
): Promise<ProcessedPictures> {
  checkChoice('cropConvention', options.cropConvention, ['pil', 'torchvision']);
  checkChoice('labelResample', options.labelResample, ['nearest', 'reference']);
  const list = listOf(pictures);
  check(list.length > 0, 'InvalidArgument', 'Cannot preprocess pictures: expected at least one, got none');
  if (steps.kind.name === 'ZoeDepth') return zoeDepthPictures(list, config, options, steps);
  const sizes: TargetSize[] = [];
  const processed: RgbPixels[] = [];
  for (const picture of list) {
    await steps.yieldToEventLoop();
    throwIfAborted(options.signal);
    const { pixels, size } = await transformed(picture, config, options, steps);
    sizes.push(size);
    processed.push(pixels);
  }
  const images = { pixelValues: pixelValues(processed, config, valuesOf(config, steps)), originalSizes: sizes };
  if (options.segmentationMaps === undefined) return images;
  const maps = await Promise.all(listOf(options.segmentationMaps).map((map) => readSegmentationMap(map, options)));
  checkMaps(maps, sizes);
  const placed = (map: Size) => geometryOf(config, map, options, steps);
  return { ...images, labels: labels(maps, config, options.labelResample ?? 'nearest', placed) };
}

/** Its values are resized as numbers, not as pixels: nothing of what the other classes do is shared. */
async function zoeDepthPictures(
  list: readonly Picture[],
  config: ImageProcessorConfig,
  options: PreprocessOptions,
  steps: Steps,
): Promise<ProcessedPictures> {
  const { others, yieldToEventLoop } = steps;
  const noMaps = 'Cannot preprocess segmentation maps: ZoeDepthImageProcessor takes none';
  check(options.segmentationMaps === undefined, 'InvalidArgument', noMaps);
  const { zoeDepthPlanes } = await import('./zoeDepthPlanes.ts'); // few models have it
  const sizes: TargetSize[] = [];
  const planes = [];
  for (const picture of list) {
    await yieldToEventLoop();
    throwIfAborted(options.signal);
    const pixels = await readPicture(picture, options);
    sizes.push([pixels.height, pixels.width]);
    planes.push(zoeDepthPlanes(pixels, config, others, (padded) => geometryOf(config, padded, options, steps).size));
  }
  const { height, width } = sameSize(planes);
  const values = new Float32Array(planes.length * planes[0].data.length);
  for (const [i, { data }] of planes.entries()) values.set(data, i * data.length);
  return { pixelValues: new Tensor('float32', values, [planes.length, 3, height, width]), originalSizes: sizes };
}

/** A picture resized and cropped, and the size that it had upright. */
async function transformed(picture: Picture, config: ImageProcessorConfig, options: PreprocessOptions, steps: Steps) {
  const read = await readResizedPicture(picture, options, (original) => {
    const { size } = geometryOf(config, original, options, steps);
    return size ? { ...size, filter: config.resample } : null;
  });
  const { size, crop, cropConvention } = geometryOf(config, read, options, steps);
  const isWanted = read.isResized || !size;
  const resized = isWanted ? read.pixels : await steps.resize(read.pixels, size.width, size.height, config.resample);
  const pixels = crop ? centerCrop(resized, crop.width, crop.height, cropConvention) : resized;
  return { pixels, size: [read.height, read.width] as TargetSize };
}

function geometryOf(
  config: ImageProcessorConfig,
  picture: Size,
  { cropConvention }: PreprocessOptions,
  { kind, others }: Steps,
): PlacedGeometry {
  const { geometry = plainGeometry } = rulesOf(kind.name);
  return { ...geometry(config, picture, others), cropConvention: cropConvention ?? kind.cropConvention };
}

function valuesOf(config: ImageProcessorConfig, { kind, others }: Steps): PixelValueRule {
  const { value, multipleOf } = rulesOf(kind.name);
  const own = value && ((u: number, channel: number) => value(u, channel, config, others));
  return { bgr: kind.bgr, value: own, multipleOf: multipleOf?.(others) };
}

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
