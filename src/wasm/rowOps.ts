import type { AttentionShape, Epilogue, ImageShape, RowOps } from '../backend.ts';
import { DTYPES } from '../dtype.ts';
import { rowStep } from '../rowAddressing.ts';
import { EPILOGUES } from './kernels.ts';
import type { WasmKinds, WasmLinear, WasmNorm, WasmTensor } from './kinds.ts';
import type { WasmStore } from './store.ts';

/** The ops on rows: kernel calls, without arithmetic of their own. */
export function rowOps(store: WasmStore): RowOps<WasmKinds> {
  return {
    copy(out: WasmTensor, x: WasmTensor): void {
      store.run('copy_rows', out.rows, [out.at, out.stride, x.at, rowStep(out, x), out.cols]);
    },

    add(out: WasmTensor, x: WasmTensor): void {
      store.run('add_rows', out.rows, [out.at, out.stride, x.at, rowStep(out, x), out.cols]);
    },

    blend(out: WasmTensor, row: WasmTensor, mask: WasmTensor): void {
      store.run('blend_rows', out.rows, [out.at, out.stride, row.at, mask.at, out.cols]);
    },

    patchify(out: WasmTensor, pixels: WasmTensor, image: ImageShape, patchSize: number): void {
      const { channels, height, width } = image;
      store.run('patchify', out.rows, [out.at, out.stride, pixels.at, channels, height, width, patchSize]);
    },

    linear(out: WasmTensor, x: WasmTensor, w: WasmLinear, epilogue: Epilogue = 'store'): void {
      const dtype = DTYPES.indexOf(w.dtype);
      const weights = [w.at, w.n, w.k, w.scale, w.shift, EPILOGUES.indexOf(epilogue), dtype];
      const args = [out.rows, out.at, out.stride, x.at, x.stride, ...weights];
      store.runWithScratch('linear', store.kernels.linear_units(out.rows, dtype), args);
    },

    layerNorm(out: WasmTensor, x: WasmTensor, w: WasmNorm): void {
      store.run('layer_norm', out.rows, [out.at, out.stride, x.at, x.stride, w.gamma, w.beta, w.cols, w.eps]);
    },

    attention(out: WasmTensor, qkv: WasmTensor, shape: AttentionShape<WasmKinds>): void {
      const { images, tokens, heads } = shape;
      const [kernel, unitsOf] = shape.quantized
        ? (['attention_q8', 'attention_units_q8'] as const)
        : (['attention', 'attention_units'] as const);
      const units = store.kernels[unitsOf](images, heads, tokens);
      const args = [out.at, out.stride, qkv.at, qkv.stride, tokens, heads, out.cols / heads, ...biasArgs(shape)];
      store.runWithScratch(kernel, units, args);
    },

    attentionProbabilities(
      out: WasmTensor,
      qkv: WasmTensor,
      shape: AttentionShape<WasmKinds>,
      image: number,
      head: number,
    ): void {
      const { tokens, heads } = shape;
      const at = qkv.at + 4 * image * tokens * qkv.stride;
      const headDim = qkv.cols / 3 / heads;
      const args = [out.at, out.stride, at, qkv.stride, tokens, heads, headDim, head, ...biasArgs(shape)];
      store.runWithScratch('attention_probabilities', tokens, args);
    },

    meanRows(out: WasmTensor, x: WasmTensor): void {
      store.run('mean_rows', x.cols, [out.at, x.at, x.stride, x.rows]);
    },
  };
}

function biasArgs({ relativeBias, grid, headMask }: AttentionShape<WasmKinds>): number[] {
  return [relativeBias?.at ?? 0, grid.height, grid.width, headMask?.at ?? 0];
}
