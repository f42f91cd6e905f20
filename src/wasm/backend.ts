import type { AttentionShape, Backend, Epilogue, ImageShape } from '../backend.ts';
import { isQuantizedDtype } from '../dtype.ts';
import { rowStep } from '../rowAddressing.ts';
import type { WasmKinds, WasmLinear, WasmNorm, WasmTensor } from './kinds.ts';
import { EPILOGUES, WasmMapOps } from './mapOps.ts';

/** The {@link Backend} on the WebAssembly core: addresses and kernel calls, no arithmetic of its own. */
export class WasmBackend extends WasmMapOps implements Backend<WasmKinds> {
  readonly name = 'wasm';

  copy(out: WasmTensor, x: WasmTensor): void {
    this.run('copy_rows', out.rows, [out.at, out.stride, x.at, rowStep(out, x), out.cols]);
  }

  add(out: WasmTensor, x: WasmTensor): void {
    this.run('add_rows', out.rows, [out.at, out.stride, x.at, rowStep(out, x), out.cols]);
  }

  blend(out: WasmTensor, row: WasmTensor, mask: WasmTensor): void {
    this.run('blend_rows', out.rows, [out.at, out.stride, row.at, mask.at, out.cols]);
  }

  patchify(out: WasmTensor, pixels: WasmTensor, image: ImageShape, patchSize: number): void {
    const { channels, height, width } = image;
    this.run('patchify', out.rows, [out.at, out.stride, pixels.at, channels, height, width, patchSize]);
  }

  linear(out: WasmTensor, x: WasmTensor, w: WasmLinear, epilogue: Epilogue = 'store'): void {
    const after = EPILOGUES.indexOf(epilogue);
    const units = this.kernels[isQuantizedDtype(w.dtype) ? 'linear_units_q8' : 'linear_units_f32'](out.rows);
    const args = [out.rows, out.at, out.stride, x.at, x.stride, w.at, w.n, w.k, w.scale, w.shift, after];
    this.runWithScratch(`linear_${w.dtype}`, units, args);
  }

  layerNorm(out: WasmTensor, x: WasmTensor, w: WasmNorm): void {
    this.run('layer_norm', out.rows, [out.at, out.stride, x.at, x.stride, w.gamma, w.beta, w.cols, w.eps]);
  }

  attention(out: WasmTensor, qkv: WasmTensor, shape: AttentionShape<WasmKinds>): void {
    const { images, tokens, heads } = shape;
    const [kernel, unitsOf] = shape.quantized
      ? (['attention_q8', 'attention_units_q8'] as const)
      : (['attention', 'attention_units'] as const);
    const units = this.kernels[unitsOf](images, heads, tokens);
    const args = [out.at, out.stride, qkv.at, qkv.stride, tokens, heads, out.cols / heads, ...biasArgs(shape)];
    this.runWithScratch(kernel, units, args);
  }

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
    this.runWithScratch('attention_probabilities', tokens, args);
  }

  meanRows(out: WasmTensor, x: WasmTensor): void {
    this.run('mean_rows', x.cols, [out.at, x.at, x.stride, x.rows]);
  }

  dispose(): void {
    this.dispatch.dispose();
  }
}

function biasArgs({ relativeBias, grid, headMask }: AttentionShape<WasmKinds>): number[] {
  return [relativeBias?.at ?? 0, grid.height, grid.width, headMask?.at ?? 0];
}
