import type { Kernels } from '../../../src/wasm/kernels.ts';
import { ReferenceBackend } from '../../reference/backend.ts';
import type { Core } from '../core.ts';
import { noise } from '../matrix.ts';

/** Any core. */
type AnyCore = Core<Pick<Kernels, 'memory' | 'heapBase'>>;

/** A channels-last map in a core's memory, strides in floats. */
export interface CoreMap {
  readonly pointer: number;
  readonly rowStride: number;
  readonly pixelStride: number;
  readonly height: number;
  readonly width: number;
  readonly cols: number;
}

/** A map of the given pixels, inside a border of one pixel and with a gap behind each pixel when `loose`. */
export function placeMap(core: AnyCore, pixels: number[][], height: number, width: number, loose: boolean): CoreMap {
  const cols = pixels[0].length;
  const pixelStride = loose ? cols + 3 : cols;
  const rowStride = (loose ? width + 2 : width) * pixelStride;
  const all = core.alloc(4 * (loose ? height + 2 : height) * rowStride);
  const map = {
    pointer: all + (loose ? 4 * (rowStride + pixelStride) : 0),
    rowStride,
    pixelStride,
    height,
    width,
    cols,
  };
  const memory = new Float32Array(core.kernels.memory.buffer);
  eachPixel(map, (at, i) => memory.set(pixels[i], at / 4));
  return map;
}

export function readMap(core: AnyCore, map: CoreMap): number[][] {
  const pixels: number[][] = [];
  eachPixel(map, (at) => pixels.push([...core.floats(at, map.cols)]));
  return pixels;
}

/** The bytes that belong to the pixels of a map. */
export function mapArea(map: CoreMap): [number, number][] {
  const area: [number, number][] = [];
  eachPixel(map, (at) => area.push([at, 4 * map.cols]));
  return area;
}

/** Pointer, row stride, pixel stride, as the kernels take them. */
export const placed = (map: CoreMap): [number, number, number] => [map.pointer, map.rowStride, map.pixelStride];

function eachPixel(
  { pointer, rowStride, pixelStride, height, width }: CoreMap,
  visit: (at: number, i: number) => void,
) {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) visit(pointer + 4 * (y * rowStride + x * pixelStride), y * width + x);
}

type HostMap = Parameters<ReferenceBackend['maxPool']>[0];
type Size = readonly [height: number, width: number];

/** One map op of the f64 backend, from pixels to pixels. */
export function referenceMap(
  pixels: number[][],
  from: Size,
  to: Size,
  run: (backend: ReferenceBackend, out: HostMap, x: HostMap) => void,
): number[][] {
  const backend = new ReferenceBackend();
  const cols = pixels[0].length;
  const map = ([height, width]: Size): HostMap => {
    return { tensor: backend.alloc(height * width, cols), height, width, origin: 0, pitch: width, step: 1 };
  };
  const [x, out] = [map(from), map(to)];
  x.tensor.data.set(pixels.flat());
  run(backend, out, x);
  return Array.from({ length: out.tensor.rows }, (_, i) => [...out.tensor.data.subarray(i * cols, (i + 1) * cols)]);
}

export const pixelNoise = (height: number, width: number, cols: number): number[][] =>
  noise(height * width, cols, cols);
