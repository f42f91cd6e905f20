import { BeitError } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import { RESAMPLE_FILTERS } from '../resample/resampleFilter.ts';
import type { CropConvention } from './centerCrop.ts';
import type { ImageProcessorConfig } from './imageProcessorConfig.ts';
import { readChannels, readDeviation, readSize, type Size } from './readField.ts';

/** The keys of a config that {@link ImageProcessorConfig} has no field for. */
export type OtherKeys = Readonly<Record<string, unknown>>;

/** What the configs of one class of image processors mean otherwise than BEiT's; `processorRules.ts` has what it computes otherwise. */
export interface ProcessorKind {
  /** Of the class, a key of the table. */
  readonly name: string;
  /** Of fields that a file leaves out. */
  readonly defaults?: Partial<ImageProcessorConfig>;
  /** A size that is one number is that of the shorter edge, not of a square. */
  readonly edge?: boolean;
  readonly cropConvention?: CropConvention;
  /** Blue, green, red. */
  readonly bgr?: boolean;
  /** Fields that follow from other keys. @throws `InvalidConfig` for what is not computed */
  read?(others: OtherKeys): Partial<ImageProcessorConfig>;
}

const square = (side: number): Size => ({ height: side, width: side });
const IMAGENET = { imageMean: [0.485, 0.456, 0.406], imageStd: [0.229, 0.224, 0.225] };
const CLIP_COLORS = {
  imageMean: [0.48145466, 0.4578275, 0.40821073],
  imageStd: [0.26862954, 0.26130258, 0.27577711],
};
type Meaning = Omit<ProcessorKind, 'name'>;
const CLIP: Meaning = {
  edge: true,
  defaults: { size: { shortest_edge: 224 }, doCenterCrop: true, ...CLIP_COLORS },
};

const BEIT: ProcessorKind = { name: 'Beit' };

/** By the name of the class, without `ImageProcessor`. Facts of transformers 5.24, its back end on Pillow. */
const KINDS: Readonly<Record<string, Meaning>> = {
  Beit: {},
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
  ConvNext: { edge: true, defaults: { size: { shortest_edge: 384 } } },
  PoolFormer: { edge: true, defaults: { size: { shortest_edge: 224 }, doCenterCrop: true, ...IMAGENET } },
  Levit: { edge: true, defaults: { size: { shortest_edge: 224 }, doCenterCrop: true, ...IMAGENET } },
  EfficientNet: { defaults: { size: square(346), cropSize: square(289) } },
  MobileViT: {
    edge: true,
    bgr: true,
    defaults: { size: { shortest_edge: 224 }, cropSize: square(256), doCenterCrop: true },
    read: () => ({ doNormalize: false }), // the class never normalizes
  },
  DPT: { defaults: { size: square(384) }, read: () => ({ doCenterCrop: false }) },
  ZoeDepth: { defaults: { size: { height: 384, width: 512 }, resample: 'bilinear' } },
  GLPN: {
    defaults: { resample: 'bilinear', doNormalize: false },
    read: () => ({ doCenterCrop: false }),
  },
  TimmWrapper: {
    cropConvention: 'torchvision',
    read: readTimm,
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
  if (Object.hasOwn(KINDS, known)) return { ...KINDS[known], name: known };
  throw new BeitError(
    'InvalidConfig',
    `Cannot read image processor config: it is of ${quoted(type)}, whose steps are not computed here; expected one of ${Object.keys(KINDS).join(', ')}`,
  );
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
  if (!resample) throw notComputed('pretrained_cfg', `interpolation ${quoted(filter)}`);
  if (!['center', 'squash'].includes((config.crop_mode ?? 'center') as string))
    throw notComputed('pretrained_cfg', `crop_mode ${quoted(config.crop_mode)}`);
  const size = readSize('input_size', sides ?? 224);
  return {
    ...{ size, cropSize: size, resample, doResize: true, doCenterCrop: true, doRescale: true, doNormalize: true },
    imageMean: readChannels('mean', config.mean ?? IMAGENET.imageMean),
    imageStd: readDeviation('std', config.std ?? IMAGENET.imageStd),
  };
}

/** What timm says of a picture's way. */
export function timmConfig(others: OtherKeys): TimmConfig {
  return Object(others.pretrained_cfg) as TimmConfig;
}

/** A field of a class of processors that is not computed. */
export function notComputed(type: string, what: string): BeitError {
  return new BeitError('InvalidConfig', `Cannot read image processor config: ${what} of ${type} is not computed here`);
}
