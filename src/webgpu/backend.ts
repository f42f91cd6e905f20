import type { AttentionShape, Backend, Epilogue, ImageShape } from '../backend.ts';
import { rowStep } from '../rowAddressing.ts';
import { WIDTH } from './kernel.ts';
import { ATTENTION_PROBABILITIES, attentionKernel, NOWHERE } from './kernels/attention.ts';
import { LAYER_NORM } from './kernels/layerNorm.ts';
import { ADD, BLEND, COPY, MEAN, PATCHIFY } from './kernels/rows.ts';
import type { GpuKinds, GpuLinear, GpuNorm, GpuTensor } from './kinds.ts';
import { GpuMapOps } from './mapOps.ts';

/** The {@link Backend} on WebGPU: all tensors in one buffer, a kernel call an op, nothing waits before a tensor is read. */
export class GpuBackend extends GpuMapOps implements Backend<GpuKinds> {
  readonly name = 'webgpu';

  copy(out: GpuTensor, x: GpuTensor): void {
    this.each(COPY, out.rows * out.cols, [out.cols, out.at, out.stride, x.at, rowStep(out, x)]);
  }

  add(out: GpuTensor, x: GpuTensor): void {
    this.each(ADD, out.rows * out.cols, [out.cols, out.at, out.stride, x.at, rowStep(out, x)]);
  }

  blend(out: GpuTensor, row: GpuTensor, mask: GpuTensor): void {
    this.each(BLEND, out.rows * out.cols, [out.cols, out.at, out.stride, row.at, mask.at]);
  }

  patchify(out: GpuTensor, pixels: GpuTensor, { channels, height, width }: ImageShape, patchSize: number): void {
    const { rows, cols, at, stride } = out;
    this.each(PATCHIFY, rows * cols, [cols, at, stride, pixels.at, channels, height, width, patchSize]);
  }

  linear(out: GpuTensor, x: GpuTensor, w: GpuLinear, epilogue: Epilogue = 'store'): void {
    this.product([out.at, 0, out.stride], [x.at, 0, x.stride], [out.rows, out.rows], w, epilogue);
  }

  layerNorm(out: GpuTensor, x: GpuTensor, w: GpuNorm): void {
    const numbers = [x.rows, w.cols, out.at, out.stride, x.at, x.stride, bitsOf(w.eps)];
    this.recorder.run(LAYER_NORM, numbers, x.rows, 1, w);
  }

  attention(out: GpuTensor, qkv: GpuTensor, shape: AttentionShape<GpuKinds>): void {
    const { images, tokens, heads } = shape;
    const headDim = out.cols / heads;
    const numbers = [...scoreNumbers(qkv.at, qkv, shape, headDim), images, out.at, out.stride];
    this.recorder.run(attentionKernel(headDim), numbers, Math.ceil(tokens / WIDTH), images * heads);
  }

  attentionProbabilities(
    out: GpuTensor,
    qkv: GpuTensor,
    shape: AttentionShape<GpuKinds>,
    image: number,
    head: number,
  ): void {
    const { tokens, heads } = shape;
    const at = qkv.at + image * tokens * qkv.stride;
    const numbers = [tokens, ...scoreNumbers(at, qkv, shape, qkv.cols / 3 / heads), head, out.at, out.stride];
    this.recorder.run(ATTENTION_PROBABILITIES, numbers, tokens);
  }

  meanRows(out: GpuTensor, x: GpuTensor): void {
    this.each(MEAN, x.cols, [out.at, x.at, x.stride, x.rows]);
  }
}

function scoreNumbers(at: number, qkv: GpuTensor, shape: AttentionShape<GpuKinds>, headDim: number): number[] {
  const { tokens, heads, grid, relativeBias, headMask } = shape;
  const bias = [relativeBias?.at ?? NOWHERE, relativeBias?.cols ?? 0];
  return [tokens, heads, headDim, at, qkv.stride, ...bias, grid.width, grid.height, headMask?.at ?? NOWHERE];
}

/** A number of f32 among those of u32. */
function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}
