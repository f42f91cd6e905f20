import { check } from '../../errors.ts';
import { Tensor } from '../../tensor.ts';
import { checkPixelCount, type Pixels, type RgbPixels } from '../pixels.ts';
import type { ImageProcessorConfig } from './imageProcessorConfig.ts';
import type { Size } from './readField.ts';

/**
 * (u·factor − mean) / std for the 256 values of u of one channel, rounded where numpy rounds in transformers: the product
 * in double precision, then to single; difference and quotient in single.
 */
function normalizationTable(config: ImageProcessorConfig, channel: number, rule?: PixelValueRule): Float32Array {
  const own = rule?.value;
  if (own) return Float32Array.from({ length: 256 }, (_, u) => own(u, channel));
  const { doRescale, rescaleFactor, doNormalize } = config;
  const mean = Math.fround(config.imageMean[channel]);
  const std = Math.fround(config.imageStd[channel]);
  return Float32Array.from({ length: 256 }, (_, u) => {
    const value = Math.fround(doRescale ? u * rescaleFactor : u);
    return doNormalize ? Math.fround(value - mean) / std : value;
  });
}

/** What a class of processors does with values otherwise. */
export interface PixelValueRule {
  /** Channels come out as blue, green, red. */
  readonly bgr?: boolean | undefined;
  readonly value?: ((u: number, channel: number) => number) | undefined;
  /** Zeros on all four sides, one more below and on the right where their number is odd, make sides multiples of this. */
  readonly multipleOf?: number | undefined;
}

/** Pictures of one size as the model takes them: rescaled, normalized, padded, channels first. `[B, 3, H, W]` */
export function pixelValues(
  pictures: readonly RgbPixels[],
  config: ImageProcessorConfig,
  rule?: PixelValueRule,
): Tensor<'float32'> {
  const { width, height } = sameSize(pictures.map((picture) => padded(picture, rule?.multipleOf ?? 1)));
  const area = width * height;
  const values = new Float32Array(pictures.length * 3 * area);
  for (let c = 0; c < 3; c++) {
    const table = normalizationTable(config, c, rule);
    const from = rule?.bgr ? 2 - c : c;
    pictures.forEach((picture, b) => {
      const plane = values.subarray((b * 3 + c) * area, (b * 3 + c + 1) * area);
      fillPlane(plane, { width, height }, picture, from, table);
    });
  }
  return new Tensor('float32', values, [pictures.length, 3, height, width]);
}

function padded(picture: RgbPixels, multiple: number): Size {
  if (multiple === 1) return picture;
  const [height, width] = [picture.height, picture.width].map((side) => Math.ceil(side / multiple) * multiple);
  checkPixelCount('pad a picture', width, height);
  return { height, width };
}

/** One channel of a picture in the middle of a plane. */
function fillPlane(
  plane: Float32Array,
  { width, height }: Size,
  picture: RgbPixels,
  channel: number,
  table: Float32Array,
) {
  const [top, left] = [height - picture.height, width - picture.width].map((more) => more >> 1);
  const { data, width: columns } = picture;
  for (let y = 0, at = channel; y < picture.height; y++) {
    const row = (top + y) * width + left;
    for (let x = 0; x < columns; x++, at += 3) plane[row + x] = table[data[at]];
  }
}

/** The size that all pictures of a batch have. */
export function sameSize(pictures: readonly Pick<Pixels, 'width' | 'height'>[]): { width: number; height: number } {
  const [{ width, height }] = pictures;
  const other = pictures.findIndex((picture) => picture.width !== width || picture.height !== height);
  check(other < 0, 'InvalidArgument', () => {
    const found = `picture 0 is ${width} × ${height}, picture ${other} ${pictures[other].width} × ${pictures[other].height}`;
    return `Cannot make one batch of pictures of different sizes: ${found} (turn on doResize or doCenterCrop)`;
  });
  return { width, height };
}
