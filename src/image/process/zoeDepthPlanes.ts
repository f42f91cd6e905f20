import { alignedTap } from '../../alignedCorners.ts';
import type { RgbPixels } from '../pixels.ts';
import type { ImageProcessorConfig } from './imageProcessorConfig.ts';
import { notComputed, type OtherKeys } from './processorKind.ts';
import { readBoolean, type Size } from './readField.ts';
import { reflectPadding } from './reflectPadding.ts';

/** A picture as a model wants it. */
export interface Planes extends Size {
  readonly data: Float32Array; // [3, height, width]
}

const f = Math.fround;

/**
 * What `ZoeDepthImageProcessor` does: rescale, mirror at the edges, resize in f32 (bilinear, corners aligned, no antialias),
 * normalize. Rounded where numpy and torch round. `sizeOf` tells what the mirrored picture is resized to.
 */
export function zoeDepthPlanes(
  picture: RgbPixels,
  config: ImageProcessorConfig,
  others: OtherKeys,
  sizeOf: (padded: Size) => Size | null,
): Planes {
  if (config.resample !== 'bilinear') throw notComputed('ZoeDepthImageProcessor', `resample ${config.resample}`);
  const pad = readBoolean('do_pad', others.do_pad ?? true);
  const [rows, columns] = [mirrored(picture.height, pad), mirrored(picture.width, pad)];
  const padded = { height: rows.length, width: columns.length };
  const size = sizeOf(padded) ?? padded;
  const area = size.height * size.width;
  const data = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    const plane = data.subarray(channel * area, (channel + 1) * area);
    const values = Float32Array.from({ length: 256 }, (_, u) => (config.doRescale ? u * config.rescaleFactor : u));
    resizePlane(plane, size, { data: picture.data, width: picture.width, rows, columns, channel, values });
    if (config.doNormalize) normalize(plane, f(config.imageMean[channel]), f(config.imageStd[channel]));
  }
  return { ...size, data };
}

/** Which sample of an axis is at each place of the mirrored one. */
function mirrored(side: number, pad: boolean): Int32Array {
  const margin = pad ? reflectPadding(side) : 0;
  const period = Math.max(2 * (side - 1), 1);
  return Int32Array.from({ length: side + 2 * margin }, (_, i) => {
    const at = (((i - margin) % period) + period) % period;
    return at < side ? at : period - at;
  });
}

/** One channel of a mirrored picture. */
interface Source {
  readonly data: Uint8Array; // [height, width, 3]
  readonly width: number;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly channel: number;
  readonly values: Float32Array; // of the 256 samples
}

/** Where height and width of the output are not more than this together, torch takes another kernel (as it does on one thread alone). */
const SMALL = 128;

function resizePlane(out: Float32Array, { height, width }: Size, source: Source): void {
  const { rows, columns, channel, data, values } = source;
  const blend = height + width > SMALL ? separately : atOnce;
  const across = Array.from({ length: width }, (_, x) => alignedTap(x, columns.length, width));
  for (let y = 0; y < height; y++) {
    const [low, down] = alignedTap(y, rows.length, height);
    const above = 3 * rows[low] * source.width + channel;
    const below = 3 * rows[Math.min(low + 1, rows.length - 1)] * source.width + channel;
    for (let x = 0; x < width; x++) {
      const [left, right] = across[x];
      const near = 3 * columns[left];
      const far = 3 * columns[Math.min(left + 1, columns.length - 1)];
      const [a, b] = [values[data[above + near]], values[data[above + far]]];
      const [c, d] = [values[data[below + near]], values[data[below + far]]];
      out[y * width + x] = blend(a, b, c, d, right, down);
    }
  }
}

/** Of four corners: along each axis in turn; the first product of a pair is fused with the sum. */
function separately(a: number, b: number, c: number, d: number, right: number, down: number): number {
  const lerp = (near: number, far: number, share: number) => f(near * f(1 - share) + f(far * share));
  return lerp(lerp(a, b, right), lerp(c, d, right), down);
}

/** Of four corners: each by its own weight, one after the other fused with the sum. */
function atOnce(a: number, b: number, c: number, d: number, right: number, down: number): number {
  const [left, up] = [f(1 - right), f(1 - down)];
  const first = f(f(up * left) * a + f(f(up * right) * b));
  return f(f(down * right) * d + f(f(down * left) * c + first));
}

function normalize(plane: Float32Array, mean: number, std: number): void {
  for (let i = 0; i < plane.length; i++) plane[i] = f(plane[i] - mean) / std;
}
