import { BeitError } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import { RESAMPLE_FILTERS } from '../resample/resampleFilter.ts';
import { aspectSize, roundHalfEven, targetSize } from './aspectSize.ts';
import type { CropConvention } from './centerCrop.ts';
import type { ImageProcessorConfig } from './imageProcessorConfig.ts';
import { readBoolean, readChannels, readDeviation, readPositive, readSize, type Size } from './readField.ts';

/** The keys of a config that {@link ImageProcessorConfig} has no field for. */
export type OtherKeys = Readonly<Record<string, unknown>>;

/** What a picture is resized to and cut to; null: left as it is. */
export interface Geometry {
  readonly size: Size | null;
  readonly crop: Size | null;
}

/** What one class of image processors does otherwise than BEiT's. */
export interface ProcessorKind {
  /** Of fields that a file leaves out. */
  readonly defaults?: Partial<ImageProcessorConfig>;
  /** A size that is one number is that of the shorter edge, not of a square. */
  readonly edge?: boolean;
  readonly cropConvention?: CropConvention;
  /** Blue, green, red. */
  readonly bgr?: boolean;
  geometry?(config: ImageProcessorConfig, picture: Size, others: OtherKeys): Geometry;
  /** The value of a pixel of 0 to 255 in place of rescaling and normalizing, rounded to f32 after each operation. */
  value?(u: number, channel: number, config: ImageProcessorConfig, others: OtherKeys): number;
  /** Fields that follow from other keys. @throws `InvalidConfig` for what is not computed */
  read?(others: OtherKeys): Partial<ImageProcessorConfig>;
}

const f32 = Math.fround;
const square = (side: number): Size => ({ height: side, width: side });
const IMAGENET = { imageMean: [0.485, 0.456, 0.406], imageStd: [0.229, 0.224, 0.225] };
const CLIP_COLORS = {
  imageMean: [0.48145466, 0.4578275, 0.40821073],
  imageStd: [0.26862954, 0.26130258, 0.27577711],
};
const CLIP: ProcessorKind = {
  edge: true,
  defaults: { size: { shortest_edge: 224 }, doCenterCrop: true, ...CLIP_COLORS },
};

const BEIT: ProcessorKind = {};

/** By the name of the class, without `ImageProcessor`. Facts of transformers 5.24, its back end on Pillow. */
const KINDS: Readonly<Record<string, ProcessorKind>> = {
  Beit: BEIT,
  ViT: { defaults: { resample: 'bilinear' } },
  DeiT: { defaults: { size: square(256), doCenterCrop: true } },
  CLIP,
  ChineseCLIP: CLIP,
  Bit: CLIP,
  Siglip: { edge: true },
  Blip: { defaults: { size: square(384), ...CLIP_COLORS } },
  OwlViT: { defaults: { size: square(768), cropSize: square(768), ...CLIP_COLORS } },
  Pvt: { defaults: IMAGENET },
  MobileNetV1: { edge: true, defaults: { size: { shortest_edge: 256 }, resample: 'bilinear', doCenterCrop: true } },
  Segformer: {
    defaults: { size: square(512), resample: 'bilinear', ...IMAGENET },
    read: () => ({ doCenterCrop: false }), // the class has the switch and never cuts
  },
  ConvNext: { edge: true, defaults: { size: { shortest_edge: 384 } }, geometry: convNextGeometry },
  PoolFormer: {
    edge: true,
    defaults: { size: { shortest_edge: 224 }, doCenterCrop: true, ...IMAGENET },
    geometry: (config, picture, others) => {
      const share = others.crop_pct === undefined ? 0.9 : others.crop_pct;
      return plain(config, share === null ? targetSize(config.size, picture) : poolFormerSize(config, picture, share));
    },
  },
  Levit: {
    edge: true,
    defaults: { size: { shortest_edge: 224 }, doCenterCrop: true, ...IMAGENET },
    geometry: (config, picture) => {
      const edge = edgeOf(config);
      return plain(
        config,
        edge === null ? targetSize(config.size, picture) : shorter(Math.trunc((256 / 224) * edge), picture),
      );
    },
  },
  EfficientNet: { defaults: { size: square(346), cropSize: square(289) }, value: efficientNetValue },
  MobileViT: {
    edge: true,
    bgr: true,
    defaults: { size: { shortest_edge: 224 }, cropSize: square(256), doCenterCrop: true },
    read: () => ({ doNormalize: false }), // the class never normalizes
  },
  DPT: { defaults: { size: square(384) }, geometry: dptGeometry, read: readDpt },
  GLPN: {
    defaults: { resample: 'bilinear', doNormalize: false },
    read: () => ({ doCenterCrop: false }),
    geometry: (config, { width, height }, others) => {
      const divisor = readPositive('size_divisor', others.size_divisor ?? 32);
      return plain(config, { height: multiple(height, divisor), width: multiple(width, divisor) });
    },
  },
  TimmWrapper: {
    cropConvention: 'torchvision',
    read: readTimm,
    geometry: timmGeometry,
    value: (u, channel, { imageMean, imageStd }) =>
      f32(f32(u / 255) - f32(imageMean[channel])) / f32(imageStd[channel]),
  },
};

const SAME_CLASS: Readonly<Record<string, string>> = {
  Convnext: 'ConvNext',
  Deit: 'DeiT',
  Vit: 'ViT',
  BiT: 'Bit',
  SigLIP: 'Siglip',
};

/**
 * The kind that a config names; BEiT's, where it names none.
 *
 * @throws `InvalidConfig` for a class whose steps are not computed here.
 */
export function processorKind(others: OtherKeys): ProcessorKind {
  const type = others.image_processor_type ?? others.feature_extractor_type;
  if (type === undefined || type === null) return BEIT;
  const name = typeof type === 'string' ? type.replace(/(?:ImageProcessor|FeatureExtractor)(?:Fast|Pil)?$/, '') : '';
  const known = SAME_CLASS[name] ?? name;
  if (Object.hasOwn(KINDS, known)) return KINDS[known];
  throw new BeitError(
    'InvalidConfig',
    `Cannot read image processor config: it is of ${quoted(type)}, whose steps are not computed here; expected one of ${Object.keys(KINDS).join(', ')}`,
  );
}

/** Resized and cut as the switches say. */
function plain({ doResize, doCenterCrop, cropSize }: ImageProcessorConfig, size: Size): Geometry {
  return { size: doResize ? size : null, crop: doCenterCrop ? cropSize : null };
}

/** What BEiT's does. */
export function plainGeometry(config: ImageProcessorConfig, picture: Size): Geometry {
  return plain(config, targetSize(config.size, picture));
}

function edgeOf({ size }: ImageProcessorConfig): number | null {
  return 'shortest_edge' in size ? size.shortest_edge : null;
}

function shorter(edge: number, picture: Size): Size {
  return aspectSize({ shortest_edge: edge }, picture);
}

function multiple(side: number, divisor: number): number {
  return Math.max(divisor, Math.floor(side / divisor) * divisor);
}

/** Below 384 a part of the picture is cut away, from there on it is squeezed into a square. */
function convNextGeometry(config: ImageProcessorConfig, picture: Size, others: OtherKeys): Geometry {
  const edge = edgeOf(config);
  if (edge === null) throw notRead('ConvNextImageProcessor', 'a size without shortest_edge');
  const { size, crop } = plain(config, square(edge));
  const share = readPositive('crop_pct', others.crop_pct ?? 224 / 256);
  if (edge >= 384 || size === null) return { size, crop };
  if (crop !== null) throw notRead('ConvNextImageProcessor', 'do_center_crop besides crop_pct');
  return { size: shorter(Math.trunc(edge / share), picture), crop: square(edge) };
}

function poolFormerSize({ size }: ImageProcessorConfig, picture: Size, value: unknown): Size {
  const share = readPositive('crop_pct', value);
  if ('shortest_edge' in size) return shorter(Math.trunc(size.shortest_edge / share), picture);
  if (!('height' in size)) throw notRead('PoolFormerImageProcessor', 'max_height and max_width');
  const [height, width] = [size.height, size.width].map((side) => Math.trunc(side / share));
  return size.height === size.width ? shorter(height, picture) : { height, width };
}

/** The Keras model has its own last layer of statistics: with its top, values are divided once more. */
function efficientNetValue(u: number, channel: number, config: ImageProcessorConfig, others: OtherKeys): number {
  const offset = readBoolean('rescale_offset', others.rescale_offset ?? false);
  const top = readBoolean('include_top', others.include_top ?? true);
  const [mean, std] = [f32(config.imageMean[channel]), f32(config.imageStd[channel])];
  const scaled = f32(config.doRescale ? u * config.rescaleFactor : u);
  const shifted = offset && config.doRescale ? f32(scaled - 1) : scaled;
  const normal = config.doNormalize ? f32(f32(shifted - mean) / std) : shifted;
  return top ? normal / std : normal;
}

function readDpt(others: OtherKeys): Partial<ImageProcessorConfig> {
  if (others.do_pad === true) throw notRead('DPTImageProcessor', 'do_pad');
  return { doCenterCrop: false };
}

/** Both sides to a multiple; with the aspect kept, by the scale that changes the picture less. */
function dptGeometry(config: ImageProcessorConfig, picture: Size, others: OtherKeys): Geometry {
  const { size } = config;
  if (!('height' in size)) throw notRead('DPTImageProcessor', 'a size without height and width');
  const of = readPositive('ensure_multiple_of', others.ensure_multiple_of ?? 1);
  const keep = readBoolean('keep_aspect_ratio', others.keep_aspect_ratio ?? false);
  let [down, across] = [size.height / picture.height, size.width / picture.width];
  if (keep) [down, across] = Math.abs(1 - across) < Math.abs(1 - down) ? [across, across] : [down, down];
  const side = (length: number) => Math.max(1, roundHalfEven(length / of) * of);
  return plain(config, { height: side(down * picture.height), width: side(across * picture.width) });
}

/** timm's `pretrained_cfg`, which the wrapper of transformers and timm's own folders have. */
interface TimmConfig {
  readonly input_size?: unknown;
  readonly interpolation?: unknown;
  readonly crop_pct?: unknown;
  readonly crop_mode?: unknown;
  readonly mean?: unknown;
  readonly std?: unknown;
}

function readTimm(others: OtherKeys): Partial<ImageProcessorConfig> {
  const config = timmConfig(others);
  const sides = Array.isArray(config.input_size) ? config.input_size.slice(1) : config.input_size;
  const filter = config.interpolation ?? 'bilinear';
  const resample = RESAMPLE_FILTERS.find((name) => name === filter);
  if (!resample) throw notRead('pretrained_cfg', `interpolation ${quoted(filter)}`);
  if (!['center', 'squash'].includes((config.crop_mode ?? 'center') as string))
    throw notRead('pretrained_cfg', `crop_mode ${quoted(config.crop_mode)}`);
  const size = readSize('input_size', sides ?? 224);
  return {
    ...{ size, cropSize: size, resample, doResize: true, doCenterCrop: true, doRescale: true, doNormalize: true },
    imageMean: readChannels('mean', config.mean ?? IMAGENET.imageMean),
    imageStd: readDeviation('std', config.std ?? IMAGENET.imageStd),
  };
}

function timmConfig(others: OtherKeys): TimmConfig {
  return Object(others.pretrained_cfg) as TimmConfig;
}

/** Resized by 1 / crop_pct, the shorter edge or both sides, and cut to the size. */
function timmGeometry({ cropSize: crop }: ImageProcessorConfig, picture: Size, others: OtherKeys): Geometry {
  const { crop_pct, crop_mode } = timmConfig(others);
  const share = readPositive('crop_pct', crop_pct ?? 0.875);
  const size = { height: Math.floor(crop.height / share), width: Math.floor(crop.width / share) };
  if (crop_mode === 'squash') return { size, crop };
  if (size.height !== size.width) throw notRead('pretrained_cfg', 'an input_size that is not square');
  return { size: shorter(size.height, picture), crop };
}

function notRead(type: string, what: string): BeitError {
  return new BeitError('InvalidConfig', `Cannot read image processor config: ${what} of ${type} is not computed here`);
}
