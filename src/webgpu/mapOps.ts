import type { Epilogue, FeatureMap } from '../backend.ts';
import { borderRows } from '../rowAddressing.ts';
import { type Kernel, WIDTH } from './kernel.ts';
import { linearKernel, TILE } from './kernels/linear.ts';
import { AVERAGE_POOL, CHANNELS_FIRST, COPY_MAP, MAX_POOL, RESIZE_BILINEAR } from './kernels/maps.ts';
import { CLEAR } from './kernels/rows.ts';
import type { GpuKinds, GpuLinear, GpuTensor } from './kinds.ts';
import { GpuStore } from './store.ts';

type GpuMap = FeatureMap<GpuKinds>;
/** Where a map begins, and the elements from one row of pixels and from one pixel to the next. */
type Placed = readonly [at: number, row: number, pixel: number];

/** The ops on channels-last maps. */
export class GpuMapOps extends GpuStore {
  conv1x1(out: GpuMap, x: GpuMap, w: GpuLinear, epilogue: Epilogue = 'store'): void {
    this.product(placed(out), placed(x), [x.height * x.width, x.width], w, epilogue);
  }

  conv3x3(out: GpuMap, x: GpuMap, w: GpuLinear, epilogue: Epilogue = 'store'): void {
    const corner = placed({ ...x, origin: x.origin - x.pitch - 1 });
    this.product(placed(out), corner, [x.height * x.width, x.width], w, epilogue, w.k / 9);
  }

  clearBorder(map: GpuMap): void {
    for (const [begin, end] of borderRows(map)) this.#clear(map.tensor, begin, end);
  }

  maxPool(out: GpuMap, x: GpuMap): void {
    this.#pool(MAX_POOL, out, x);
  }

  averagePool(out: GpuMap, x: GpuMap): void {
    this.#pool(AVERAGE_POOL, out, x);
  }

  resizeBilinear(out: GpuMap, x: GpuMap, epilogue: 'store' | 'add' = 'store', alignCorners: boolean = false): void {
    this.#pool(RESIZE_BILINEAR, out, x, Number(epilogue === 'add'), Number(alignCorners));
  }

  copyMap(out: GpuMap, x: GpuMap, epilogue: 'store' | 'relu' = 'store'): void {
    this.#pool(COPY_MAP, out, x, Number(epilogue === 'relu'));
  }

  channelsFirst(out: GpuTensor, x: GpuMap): void {
    const { cols } = x.tensor;
    this.each(CHANNELS_FIRST, x.height * x.width * cols, [cols, out.at, out.stride, ...placed(x), x.width]);
  }

  #pool(kernel: Kernel, out: GpuMap, x: GpuMap, ...more: number[]): void {
    const { cols } = x.tensor;
    const sizes = [out.height, out.width, x.height, x.width];
    this.each(kernel, out.height * out.width * cols, [cols, ...placed(out), ...placed(x), ...sizes, ...more]);
  }

  #clear(tensor: GpuTensor, begin: number, end: number): void {
    const { at, rows, cols, stride } = this.rows(tensor, begin, end);
    this.each(CLEAR, rows * cols, [cols, at, stride]);
  }

  /** A product of `pixels` = [all, in a row] pixels with the weights; `channels` a pixel of x, when it is less than k. */
  protected product(
    out: Placed,
    x: Placed,
    [m, width]: readonly [m: number, width: number],
    w: GpuLinear,
    epilogue: Epilogue,
    channels = w.k,
  ): void {
    const kernel = linearKernel(w.dtype, epilogue, channels === w.k ? 'pixel' : 'neighborhood');
    const numbers = [m, w.n, w.k, width, ...out, ...x, channels];
    this.recorder.run(kernel, numbers, Math.ceil(w.n / TILE), Math.ceil(m / TILE), w);
  }

  protected each(kernel: Kernel, count: number, numbers: readonly number[]): void {
    if (count > 0) this.recorder.run(kernel, [count, ...numbers], Math.ceil(count / WIDTH));
  }
}

function placed({ tensor, origin, pitch, step }: GpuMap): Placed {
  return [tensor.at + origin * tensor.stride, pitch * tensor.stride, step * tensor.stride];
}
