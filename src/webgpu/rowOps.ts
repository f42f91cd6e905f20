import type { AttentionShape, Epilogue, ImageShape, RowOps } from '../backend.ts';
import { rowStep } from '../rowAddressing.ts';
import { each, eachRow, WIDTH } from './kernel.ts';
import { ATTENTION_PROBABILITIES, attentionKernel, NOWHERE } from './kernels/attention.ts';
import { isInteger, runIntegerLinear } from './kernels/integers.ts';
import { runLinear } from './kernels/linear.ts';
import type { GpuKinds, GpuLinear, GpuNorm, GpuTensor } from './kinds.ts';
import type { GpuStore } from './store.ts';

const AT = 'let row = i / p.cols; let col = i % p.cols; let out = p.out + row * p.outStride + col;';
const ROW_FIELDS = ['cols', 'out', 'outStride', 'x', 'xStride'];

/** out = x; a stride of 0 repeats a row. */
const COPY = each('copy', ROW_FIELDS, `${AT} data[out] = data[p.x + row * p.xStride + col];`);

/** out += x; a stride of 0 repeats a row. */
const ADD = each('add', ROW_FIELDS, `${AT} data[out] += data[p.x + row * p.xStride + col];`);

/** out[i] = out[i]·(1 − mask[i]) + x·mask[i]. */
const BLEND = each(
  'blend',
  ['cols', 'out', 'outStride', 'x', 'mask'],
  `${AT} let hidden = data[p.mask + row]; data[out] = data[out] * (1.0 - hidden) + data[p.x + col] * hidden;`,
);

/** out = the mean of `rows` rows of x, a thread a column. */
const MEAN = each(
  'mean',
  ['out', 'x', 'xStride', 'rows'],
  `var sum = 0.0;
   for (var row = 0u; row < p.rows; row++) { sum += data[p.x + row * p.xStride + i]; }
   data[p.out + i] = sum / f32(p.rows);`,
);

/** Patch n of image b as row n, channels outermost. */
const PATCHIFY = each(
  'patchify',
  ['cols', 'out', 'outStride', 'x', 'channels', 'height', 'width', 'size'],
  `${AT}
   let down = p.height / p.size; let across = p.width / p.size;
   let image = row / (down * across);
   let channel = col / (p.size * p.size);
   let y = row / across % down * p.size + col / p.size % p.size;
   let x = row % across * p.size + col % p.size;
   data[out] = data[p.x + ((image * p.channels + channel) * p.height + y) * p.width + x];`,
);

/** y = (x − mean)/√(variance + eps) ⊙ gamma + beta over each row, the variance biased; in place too. */
const LAYER_NORM = eachRow(
  'layer norm',
  ['cols', 'out', 'outStride', 'x', 'xStride', 'eps'],
  `let x = p.x + row * p.xStride;
  let out = p.out + row * p.outStride;
  var sum = 0.0;
  for (var c = thread; c < p.cols; c += ${WIDTH}u) { sum += data[x + c]; }
  let mean = sum_of(thread, sum) / f32(p.cols);
  var squares = 0.0;
  for (var c = thread; c < p.cols; c += ${WIDTH}u) {
    let d = data[x + c] - mean;
    squares += d * d;
  }
  let variance = sum_of(thread, squares) / f32(p.cols);
  let factor = 1.0 / sqrt(variance + bitcast<f32>(p.eps));
  for (var c = thread; c < p.cols; c += ${WIDTH}u) {
    data[out + c] = (data[x + c] - mean) * factor * vectors[c] + vectors[p.cols + c];
  }`,
);

/** The ops on rows: each with its shader above, the products and attention in `kernels/`. */
export function gpuRowOps(store: GpuStore): RowOps<GpuKinds> {
  const { recorder } = store;
  return {
    copy(out: GpuTensor, x: GpuTensor): void {
      recorder.each(COPY, out.rows * out.cols, [out.cols, out.at, out.stride, x.at, rowStep(out, x)]);
    },

    add(out: GpuTensor, x: GpuTensor): void {
      recorder.each(ADD, out.rows * out.cols, [out.cols, out.at, out.stride, x.at, rowStep(out, x)]);
    },

    blend(out: GpuTensor, row: GpuTensor, mask: GpuTensor): void {
      recorder.each(BLEND, out.rows * out.cols, [out.cols, out.at, out.stride, row.at, mask.at]);
    },

    patchify(out: GpuTensor, pixels: GpuTensor, { channels, height, width }: ImageShape, patchSize: number): void {
      const { rows, cols, at, stride } = out;
      recorder.each(PATCHIFY, rows * cols, [cols, at, stride, pixels.at, channels, height, width, patchSize]);
    },

    linear(out: GpuTensor, x: GpuTensor, w: GpuLinear, epilogue: Epilogue = 'store'): void {
      if (isInteger(w)) runIntegerLinear(recorder, store.scratch, out, x, w, epilogue);
      else runLinear(recorder, [out.at, 0, out.stride], [x.at, 0, x.stride], [out.rows, out.rows], w, epilogue);
    },

    layerNorm(out: GpuTensor, x: GpuTensor, w: GpuNorm): void {
      const numbers = [x.rows, w.cols, out.at, out.stride, x.at, x.stride, bitsOf(w.eps)];
      recorder.run(LAYER_NORM, numbers, x.rows, 1, w);
    },

    attention(out: GpuTensor, qkv: GpuTensor, shape: AttentionShape<GpuKinds>): void {
      const { images, tokens, heads } = shape;
      const headDim = out.cols / heads;
      const numbers = [...scoreNumbers(qkv.at, qkv, shape, headDim), images, out.at, out.stride];
      recorder.run(attentionKernel(headDim), numbers, Math.ceil(tokens / WIDTH), images * heads);
    },

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
      recorder.run(ATTENTION_PROBABILITIES, numbers, tokens);
    },

    meanRows(out: GpuTensor, x: GpuTensor): void {
      recorder.each(MEAN, x.cols, [out.at, x.at, x.stride, x.rows]);
    },
  };
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
