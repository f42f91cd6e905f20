import { check } from '../errors.ts';
import { checkFilled } from '../image/pixels.ts';
import { resizeGrid } from '../interpolate.ts';
import { checkOptions } from '../options.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

/** Interleaved RGBA, as `ImageData` and the PNG encoder take it. */
export interface RgbaPicture {
  readonly data: Uint8ClampedArray<ArrayBuffer>; // [height, width, 4]
  readonly width: number;
  readonly height: number;
}

/** Interleaved pixels of any number of channels. */
export interface SourcePicture {
  readonly data: ArrayLike<number>; // [height, width, channels]
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** 0 to 255 each. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** From cold to hot: black, red, yellow, white. */
const HEAT: readonly Rgb[] = [
  [0, 0, 0],
  [200, 0, 0],
  [255, 200, 0],
  [255, 255, 255],
];

/**
 * A heat map over a picture: `map` is stretched to its smallest and largest value and resized bilinearly.
 *
 * @param picture interleaved pixels of any number of channels, [height, width, channels]
 * @param map [height, width] of any size, such as one picture of an attention rollout
 * @param opacity of the heat where it is hottest, 0 to 1; default 0.7
 * @returns RGBA in the size of the picture
 * @throws `InvalidArgument` for a picture or a map of another shape
 * @example
 * const overlay = heatOverlay(pixels, new Tensor('float32', rollout.data, [8, 8]));
 */
export function heatOverlay(picture: SourcePicture, map: Tensor, opacity = 0.7): RgbaPicture {
  const what = 'Cannot draw a map';
  checkFilled(what, picture);
  checkTensor(what, map, 'float32');
  check(map.dims.length === 2, 'InvalidArgument', () => `${what}: expected [height, width], got [${map.dims}]`);
  const [height, width] = map.dims;
  const heat = stretch(resizeGrid(map.data, 1, { height, width }, picture, 'bilinear'));
  return paint(picture, (i) => ({ color: heatColor(heat[i]), opacity: opacity * heat[i] }));
}

/** How {@link segmentOverlay} draws. */
export interface SegmentOverlayOptions {
  /** Of the colors, 0 to 1; default 0.5. */
  readonly opacity?: number | undefined;
  /** The class that stays clear; default 255. */
  readonly ignore?: number | undefined;
}

/**
 * Classes over a picture, each in its color; classes beyond the palette start over, negative ones and `ignore` stay clear.
 *
 * @param picture interleaved pixels of any number of channels, [height, width, channels]
 * @param segmentation [height, width] of the picture's own size
 * @param palette colors by class number, such as `ADE20K_PALETTE`
 * @param options opacity and the class that stays clear; each has a default
 * @returns RGBA in the size of the picture
 * @throws `InvalidArgument` for a picture or a segmentation of another shape, and for a palette without colors
 * @example
 * const overlay = segmentOverlay(pixels, segmentation, ADE20K_PALETTE);
 */
export function segmentOverlay(
  picture: SourcePicture,
  segmentation: Tensor<'int32'>,
  palette: readonly Rgb[],
  options: SegmentOverlayOptions = {},
): RgbaPicture {
  const what = 'Cannot draw a segmentation';
  checkFilled(what, picture);
  checkTensor(what, segmentation, 'int32');
  checkOptions(options, 'opacity ignore');
  check(palette?.length > 0, 'InvalidArgument', `${what}: the palette has no color`);
  const { opacity = 0.5, ignore = 255 } = options;
  const fits = segmentation.dims.join() === [picture.height, picture.width].join();
  check(fits, 'InvalidArgument', () => {
    return `${what}: expected [${picture.height}, ${picture.width}], got [${segmentation.dims}]`;
  });
  return paint(picture, (i) => {
    const label = segmentation.data[i];
    const clear = label < 0 || label === ignore;
    return { color: palette[clear ? 0 : label % palette.length], opacity: clear ? 0 : opacity };
  });
}

function paint(picture: SourcePicture, over: (i: number) => { color: Rgb; opacity: number }): RgbaPicture {
  const { data, width, height, channels } = picture;
  const out = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const { color, opacity } = over(i);
    for (let c = 0; c < 3; c++) {
      const below = data[i * channels + (channels < 3 ? 0 : c)];
      out[4 * i + c] = below + (color[c] - below) * opacity;
    }
    out[4 * i + 3] = 255;
  }
  return { data: out, width, height };
}

function heatColor(heat: number): Rgb {
  const at = heat * (HEAT.length - 1);
  const low = Math.min(Math.floor(at), HEAT.length - 2);
  const mix = (c: 0 | 1 | 2) => HEAT[low][c] + (HEAT[low + 1][c] - HEAT[low][c]) * (at - low);
  return [mix(0), mix(1), mix(2)];
}

/** Smallest → 0, largest → 1; a flat map is all 0. */
function stretch(values: Float32Array): Float32Array {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return values.map((x) => (high > low ? (x - low) / (high - low) : 0));
}
