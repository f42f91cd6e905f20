import type { Epilogue, FeatureMap, MapOps } from '../backend.ts';
import { borderRows } from '../rowAddressing.ts';
import { EPILOGUES } from './kernels.ts';
import type { WasmKinds, WasmLinear, WasmTensor } from './kinds.ts';
import type { WasmStore } from './store.ts';

type WasmMap = FeatureMap<WasmKinds>;

/** The ops on channels-last maps. Strides go to the core in elements, from image row to image row and from pixel to pixel. */
export function mapOps(store: WasmStore): MapOps<WasmKinds> {
  return {
    conv1x1(out: WasmMap, x: WasmMap, w: WasmLinear, epilogue: Epilogue = 'store'): void {
      const args = [
        ...placed(out),
        ...placed(x),
        x.width,
        w.at,
        w.n,
        w.k,
        w.scale,
        w.shift,
        EPILOGUES.indexOf(epilogue),
      ];
      store.runWithScratch('conv1x1_f32', out.height, args);
    },

    conv3x3(out: WasmMap, x: WasmMap, w: WasmLinear, epilogue: Epilogue = 'store'): void {
      const corner = placed({ ...x, origin: x.origin - x.pitch - 1 });
      const weights = [w.at, w.n, w.k / 9, w.scale, w.shift, EPILOGUES.indexOf(epilogue)];
      store.runWithScratch('conv_f32', out.height, [...placed(out), ...corner, x.width, ...weights]);
    },

    clearBorder(map: WasmMap): void {
      for (const [begin, end] of borderRows(map)) store.clear(store.rows(map.tensor, begin, end));
    },

    maxPool(out: WasmMap, x: WasmMap): void {
      store.run('max_pool', out.height, [...placed(out), ...placed(x), out.width, x.tensor.cols]);
    },

    averagePool(out: WasmMap, x: WasmMap): void {
      store.run('adaptive_avg_pool', out.height, [...placed(out), ...placed(x), ...sizes(out, x)]);
    },

    resizeBilinear(out: WasmMap, x: WasmMap, epilogue: 'store' | 'add' = 'store', alignCorners: boolean = false): void {
      const args = [...placed(out), ...placed(x), ...sizes(out, x), Number(epilogue === 'add'), Number(alignCorners)];
      store.run('resize_bilinear', out.height, args);
    },

    copyMap(out: WasmMap, x: WasmMap, epilogue: 'store' | 'relu' = 'store'): void {
      const args = [...placed(out), ...placed(x), x.width, x.tensor.cols, Number(epilogue === 'relu')];
      store.run('copy_map', x.height, args);
    },

    channelsFirst(out: WasmTensor, x: WasmMap): void {
      store.run('channels_first', x.height, [out.at, out.stride, ...placed(x), x.width, x.tensor.cols]);
    },
  };
}

/** Address of pixel (0, 0), stride from image row to image row, stride from pixel to pixel. */
export function placed({ tensor, origin, pitch, step }: WasmMap): [number, number, number] {
  return [tensor.at + 4 * origin * tensor.stride, pitch * tensor.stride, step * tensor.stride];
}

/** Height and width of both maps, and the channels. */
export function sizes(out: WasmMap, x: WasmMap): number[] {
  return [out.height, out.width, x.height, x.width, x.tensor.cols];
}
