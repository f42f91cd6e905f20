import type { RgbPixels } from '../image/pixels.ts';
import { type ResampleCoefficients, resampleCoefficients } from '../image/resample/resampleCoefficients.ts';
import type { ResampleFilter } from '../image/resample/resampleFilter.ts';
import { checkResize, goesDownFirst, resize } from '../image/resample/resize.ts';
import { Arena } from '../wasm/arena.ts';
import type { Engine } from '../wasm/engine.ts';
import { openCore } from './openCore.ts';

/** Below this many pixels the TypeScript passes finish before a core is instantiated. */
const SMALL = 1 << 18;
/** Bytes of the picture that are in linear memory at a time. */
const STRIP = 1 << 20;

/** {@link resize} with the same bits: its two passes run in a core that is dropped after the call. */
export async function coreResize(
  image: RgbPixels,
  width: number,
  height: number,
  filter: ResampleFilter,
): Promise<RgbPixels> {
  checkResize(width, height, filter);
  const alone = image.width === width || image.height === height || goesDownFirst(image, height);
  if (filter === 'nearest' || alone || image.width * image.height < SMALL) {
    return resize(image, width, height, filter);
  }
  return resizeOn(await openCore({ threads: 1 }), image, width, height, filter);
}

function resizeOn(
  { kernels, memory }: Engine,
  image: RgbPixels,
  width: number,
  height: number,
  filter: Exclude<ResampleFilter, 'nearest'>,
): RgbPixels {
  const arena = new Arena(memory, kernels.heapBase.value as number);
  const columns = resampleCoefficients(image.width, width, filter);
  const rows = resampleCoefficients(image.height, height, filter);
  const [across, down] = [reserveAxis(arena, columns), reserveAxis(arena, rows)];
  const stripRows = Math.max(1, Math.floor(STRIP / (3 * image.width)));
  const strip = arena.reserve(stripRows * 3 * image.width);
  const middle = arena.reserve(image.height * 3 * width); // [height of the picture, width, 3]
  const out = arena.reserve(height * 3 * width);
  arena.commit();
  for (const [axis, place] of [[columns, across] as const, [rows, down] as const]) writeAxis(arena, axis, place);
  const last = rows.starts.length - 1;
  const end = rows.starts[last] + rows.counts[last];
  for (let y = rows.starts[0]; y < end; y += stripRows) {
    const count = Math.min(stripRows, end - y);
    arena
      .u8(strip, count * 3 * image.width)
      .set(image.data.subarray(y * 3 * image.width, (y + count) * 3 * image.width));
    kernels.resample_horizontal(
      0,
      count,
      middle + y * 3 * width,
      3 * width,
      strip,
      3 * image.width,
      width,
      ...across,
      columns.taps,
    );
  }
  kernels.resample_vertical(0, height, out, 3 * width, middle, 3 * width, 3 * width, ...down, rows.taps);
  return { data: arena.u8(out, height * 3 * width).slice(), width, height, channels: 3 };
}

type Place = [starts: number, counts: number, weights: number];

function reserveAxis(arena: Arena, { starts, counts, weights }: ResampleCoefficients): Place {
  return [starts, counts, weights].map(({ byteLength }) => arena.reserve(byteLength)) as Place;
}

function writeAxis(arena: Arena, { starts, counts, weights }: ResampleCoefficients, place: Place): void {
  for (const [i, values] of [starts, counts, weights].entries()) {
    arena.u8(place[i], values.byteLength).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
}
