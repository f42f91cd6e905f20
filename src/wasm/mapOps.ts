import { ACTIVATIONS } from '../activations.ts';
import type { Epilogue, FeatureMap } from '../backend.ts';
import { borderRows } from '../rowAddressing.ts';
import type { RangeKernel } from './dispatch.ts';
import type { WasmKinds, WasmLinear, WasmTensor } from './kinds.ts';
import { WasmStore } from './store.ts';

type WasmMap = FeatureMap<WasmKinds>;

/** In the order of the core: an epilogue goes there as its index. */
export const EPILOGUES: readonly Epilogue[] = ['store', 'add', ...ACTIVATIONS];

/** The ops on channels-last maps. Strides go to the core in elements, from image row to image row and from pixel to pixel. */
export class WasmMapOps extends WasmStore {
  conv1x1(out: WasmMap, x: WasmMap, w: WasmLinear, epilogue: Epilogue = 'store'): void {
    const after = EPILOGUES.indexOf(epilogue);
    const args = [...placed(out), ...placed(x), x.width, w.at, w.n, w.k, w.scale, w.shift, after];
    this.runWithScratch('conv1x1_f32', out.height, args);
  }

  conv3x3(out: WasmMap, x: WasmMap, w: WasmLinear, epilogue: Epilogue = 'store'): void {
    const after = EPILOGUES.indexOf(epilogue);
    const [at, rowStride, pixelStride] = placed({ ...x, origin: x.origin - x.pitch - 1 });
    const args = [...placed(out), at, rowStride, pixelStride, x.width, w.at, w.n, w.k / 9, w.scale, w.shift, after];
    this.runWithScratch('conv_f32', out.height, args);
  }

  clearBorder(map: WasmMap): void {
    for (const [begin, end] of borderRows(map)) this.#clear(map.tensor, begin, end);
  }

  maxPool(out: WasmMap, x: WasmMap): void {
    this.run('max_pool', out.height, [...placed(out), ...placed(x), out.width, x.tensor.cols]);
  }

  averagePool(out: WasmMap, x: WasmMap): void {
    this.run('adaptive_avg_pool', out.height, [...placed(out), ...placed(x), ...sizes(out, x)]);
  }

  resizeBilinear(out: WasmMap, x: WasmMap, epilogue: 'store' | 'add' = 'store'): void {
    const args = [...placed(out), ...placed(x), ...sizes(out, x), epilogue === 'add' ? 1 : 0];
    this.run('resize_bilinear', out.height, args);
  }

  channelsFirst(out: WasmTensor, x: WasmMap): void {
    this.run('channels_first', x.height, [out.at, out.stride, ...placed(x), x.width, x.tensor.cols]);
  }

  #clear(tensor: WasmTensor, begin: number, end: number): void {
    const { at, rows, cols, stride } = this.rows(tensor, begin, end);
    const runs =
      stride === cols ? [[at, rows * cols]] : Array.from({ length: rows }, (_, i) => [at + 4 * i * stride, cols]);
    for (const [from, length] of runs) this.clear(from, length);
  }

  protected run(kernel: RangeKernel, extent: number, args: number[]): void {
    this.dispatch.run(kernel, extent, args);
  }

  protected runWithScratch(kernel: RangeKernel, extent: number, args: number[]): void {
    this.dispatch.run(kernel, extent, [...args, this.scratch.at], this.scratch.bytes);
  }
}

/** Address of pixel (0, 0), stride from image row to image row, stride from pixel to pixel. */
function placed({ tensor, origin, pitch, step }: WasmMap): [number, number, number] {
  return [tensor.at + 4 * origin * tensor.stride, pitch * tensor.stride, step * tensor.stride];
}

function sizes(out: WasmMap, x: WasmMap): number[] {
  return [out.height, out.width, x.height, x.width, x.tensor.cols];
}
