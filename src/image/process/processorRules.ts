import { aspectSize, roundHalfEven, targetSize } from './aspectSize.ts';
import type { ImageProcessorConfig } from './imageProcessorConfig.ts';
import { notComputed, type OtherKeys, timmConfig } from './processorKind.ts';
import { readBoolean, readPositive, readSide, type Size } from './readField.ts';

/** What a picture is resized to and cut to; null: left as it is. */
export interface Geometry {
  readonly size: Size | null;
  readonly crop: Size | null;
}

/** What one class of image processors computes otherwise than BEiT's. */
export interface ProcessorRules {
  geometry?(config: ImageProcessorConfig, picture: Size, others: OtherKeys): Geometry;
  /** The value of a pixel of 0 to 255 in place of rescaling and normalizing, rounded to f32 after each operation. */
  value?(u: number, channel: number, config: ImageProcessorConfig, others: OtherKeys): number;
  /** Zeros around the values make both sides multiples of this. */
  multipleOf?(others: OtherKeys): number;
}

const f32 = Math.fround;
const square = (side: number): Size => ({ height: side, width: side });

/** By the name of the class; those that compute what BEiT's does are not here. */
const RULES: Readonly<Record<string, ProcessorRules>> = {
  ConvNext: { geometry: convNextGeometry },
  PoolFormer: {
    geometry: (config, picture, others) => {
      const share = others.crop_pct === undefined ? 0.9 : others.crop_pct;
      return plain(config, share === null ? targetSize(config.size, picture) : poolFormerSize(config, picture, share));
    },
  },
  Levit: {
    geometry: (config, picture) => {
      const edge = edgeOf(config);
      return plain(
        config,
        edge === null ? targetSize(config.size, picture) : shorter(Math.trunc((256 / 224) * edge), picture),
      );
    },
  },
  EfficientNet: { value: efficientNetValue },
  DPT: { geometry: dptGeometry, multipleOf: dptDivisor },
  ZoeDepth: { geometry: zoeDepthGeometry },
  GLPN: {
    geometry: (config, { width, height }, others) => {
      const divisor = readSide('size_divisor', others.size_divisor ?? 32);
      return plain(config, { height: multiple(height, divisor), width: multiple(width, divisor) });
    },
  },
  TimmWrapper: {
    geometry: timmGeometry,
    value: (u, channel, { imageMean, imageStd }) =>
      f32(f32(u / 255) - f32(imageMean[channel])) / f32(imageStd[channel]),
  },
};

/** What the class of this name, one of those that `processorKind` knows, computes otherwise. */
export function rulesOf(name: string): ProcessorRules {
  return RULES[name] ?? {};
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
  if (edge === null) throw notComputed('ConvNextImageProcessor', 'a size without shortest_edge');
  const { size, crop } = plain(config, square(edge));
  const share = readPositive('crop_pct', others.crop_pct ?? 224 / 256);
  if (edge >= 384 || size === null) return { size, crop };
  if (crop !== null) throw notComputed('ConvNextImageProcessor', 'do_center_crop besides crop_pct');
  return { size: shorter(Math.trunc(edge / share), picture), crop: square(edge) };
}

function poolFormerSize({ size }: ImageProcessorConfig, picture: Size, value: unknown): Size {
  const share = readPositive('crop_pct', value);
  if ('shortest_edge' in size) return shorter(Math.trunc(size.shortest_edge / share), picture);
  if (!('height' in size)) throw notComputed('PoolFormerImageProcessor', 'max_height and max_width');
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

/** Both sides to a multiple; with the aspect kept, by the scale that changes the picture less. */
function dptGeometry(config: ImageProcessorConfig, picture: Size, others: OtherKeys): Geometry {
  const { size } = config;
  if (!('height' in size)) throw notComputed('DPTImageProcessor', 'a size without height and width');
  const of = readPositive('ensure_multiple_of', others.ensure_multiple_of ?? 1);
  const keep = readBoolean('keep_aspect_ratio', others.keep_aspect_ratio ?? false);
  let [down, across] = [size.height / picture.height, size.width / picture.width];
  if (keep) [down, across] = Math.abs(1 - across) < Math.abs(1 - down) ? [across, across] : [down, down];
  const side = (length: number) => Math.max(1, roundHalfEven(length / of) * of);
  return plain(config, { height: side(down * picture.height), width: side(across * picture.width) });
}

/** Without a divisor nothing is padded. */
function dptDivisor(others: OtherKeys): number {
  const pads = readBoolean('do_pad', others.do_pad ?? false);
  return pads ? readSide('size_divisor', others.size_divisor ?? 1) : 1;
}

/** Of the picture with its mirrored edges. */
function zoeDepthGeometry(config: ImageProcessorConfig, padded: Size, others: OtherKeys): Geometry {
  const keys = { keep_aspect_ratio: true, ensure_multiple_of: 1 / 32, ...others };
  const { size } = dptGeometry({ ...config, doCenterCrop: false }, padded, keys);
  return { size: size && { height: Math.trunc(size.height), width: Math.trunc(size.width) }, crop: null };
}

/** Resized by 1 / crop_pct, the shorter edge or both sides, and cut to the size. */
function timmGeometry({ cropSize: crop }: ImageProcessorConfig, picture: Size, others: OtherKeys): Geometry {
  const { crop_pct, crop_mode } = timmConfig(others);
  const share = readPositive('crop_pct', crop_pct ?? 0.875);
  const size = { height: Math.floor(crop.height / share), width: Math.floor(crop.width / share) };
  if (crop_mode === 'squash') return { size, crop };
  if (size.height !== size.width) throw notComputed('pretrained_cfg', 'an input_size that is not square');
  return { size: shorter(size.height, picture), crop };
}
