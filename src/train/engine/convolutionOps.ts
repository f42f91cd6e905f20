import type { WasmKinds, WasmLinear, WasmTensor } from '../../wasm/kinds.ts';
import type { GradOps, MapSize } from '../gradOps.ts';
import { addProductOfRows, addRowSums } from './products.ts';
import { type LinearGradients, panelsOf, type TrainStore } from './trainStore.ts';

type ConvolutionOps = Pick<GradOps<WasmKinds>, 'conv3x3' | 'conv3x3Backward'>;

/** 3×3 convolutions on bordered maps, as linear layers over the pixels. */
export function convolutionOps(store: TrainStore): ConvolutionOps {
  return {
    conv3x3(out: WasmTensor, x: WasmTensor, w: WasmLinear, size: MapSize): void {
      store.train('pack_panels', panelsOf(w.n), [store.work.panels.at, w.at, w.k, w.n, w.k]);
      convolve(store, out, x, size, [w.n, w.k / 9, w.scale, w.shift, 0]);
    },

    conv3x3Backward(dx: WasmTensor, dy: WasmTensor, x: WasmTensor, w: WasmLinear, size: MapSize): void {
      const channels = w.k / 9;
      store.train('pack_flipped', panelsOf(channels), [store.work.panels.at, w.at, w.n, channels]);
      convolve(store, dx, dy, size, [channels, w.n, 0, 0, 1]);
      const gradients = store.gradientsOf(w);
      if (gradients) addTaps(store, gradients, dy, x, size.width + 2);
    },
  };
}

/** Image by image with the panels packed before; `layer` is n, channels, scale, shift, epilogue. */
function convolve(
  store: TrainStore,
  out: WasmTensor,
  x: WasmTensor,
  { images, height, width }: MapSize,
  layer: readonly number[],
): void {
  const [pixels, bordered] = [height * width, (height + 2) * (width + 2)];
  const [n, channels, ...rest] = layer;
  for (let b = 0; b < images; b++) {
    const to = store.rows(out, b * pixels, (b + 1) * pixels);
    const from = store.rows(x, b * bordered, (b + 1) * bordered);
    const args = [to.at, width * to.stride, to.stride, from.at, (width + 2) * from.stride, from.stride, width];
    store.runWithScratch('conv_f32', height, [...args, store.work.panels.at, n, channels, ...rest]);
  }
}

/** Gradients of the weights, tap by tap; `pitch` is the width of a bordered map. */
function addTaps(
  store: TrainStore,
  { weight, shift }: LinearGradients,
  dy: WasmTensor,
  x: WasmTensor,
  pitch: number,
): void {
  const channels = weight.cols / 9;
  addRowSums(store, shift, dy);
  // output pixels from the first to the last; between them are borders, where dy is zero
  const [first, end] = [pitch + 1, dy.rows - pitch - 1];
  for (let tap = 0; tap < 9; tap++) {
    const offset = (Math.floor(tap / 3) - 1) * pitch + (tap % 3) - 1;
    const part = store.cols(weight, tap * channels, (tap + 1) * channels);
    addProductOfRows(store, part, store.rows(dy, first, end), store.rows(x, first + offset, end + offset));
  }
}
