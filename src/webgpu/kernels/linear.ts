import type { Epilogue } from '../../backend.ts';
import type { Kernel } from '../kernel.ts';
import type { GpuDtype, GpuLinear } from '../kinds.ts';
import type { Recorder } from '../recorder.ts';
import { finishOf } from './activation.ts';

/** Rows and columns of a workgroup's tile; each of its 64 threads makes 4 × 4. */
export const TILE = 32;
/** Steps of k that are in shared memory at a time. */
const DEPTH = 16;
/** Vectors from one step to the next: one more than a tile has, or all that a step of threads writes meets in one bank. */
const PITCH = TILE / 4 + 1;

/** Weight `p` of row `n`; two of 16 bits share a word, and every row begins with a word of its own. */
const WEIGHT: Readonly<Record<GpuDtype, string>> = {
  f32: 'return bitcast<f32>(weights[n * p.k + at]);',
  f16: 'return unpack2x16float(weights[n * ((p.k + 1u) / 2u) + at / 2u])[at % 2u];',
  bf16: 'return bitcast<f32>((weights[n * ((p.k + 1u) / 2u) + at / 2u] >> (16u * (at % 2u))) << 16u);',
};

/** Where input `at` of the pixel whose inputs begin at `base` is: channels one behind the other, taps (ky, kx) around them. */
const INPUT = {
  pixel: 'return base + at;',
  neighborhood: `let tap = at / p.channels;
  return base + tap / 3u * p.inRow + tap % 3u * p.inPixel + at % p.channels;`,
};

/**
 * out = epilogue(scale ⊙ (x·Wᵀ) + shift) for the pixels of a map, `width` in a row of it: a linear layer is one on a map of
 * one row. The sum over k runs in one order.
 */
export function linearKernel(dtype: GpuDtype, epilogue: Epilogue, input: keyof typeof INPUT): Kernel {
  return {
    name: `linear ${dtype} ${epilogue} ${input}`,
    fields: ['m', 'n', 'k', 'width', 'out', 'outRow', 'outPixel', 'x', 'inRow', 'inPixel', 'channels'],
    body: `${finishOf(epilogue)}
const DEPTH = ${DEPTH}u;
const PITCH = ${PITCH}u;
/** [DEPTH, PITCH] of four rows or columns each. */
var<workgroup> rows: array<vec4<f32>, ${DEPTH * PITCH}>;
var<workgroup> cols: array<vec4<f32>, ${DEPTH * PITCH}>;

fn weight(n: u32, at: u32) -> f32 { ${WEIGHT[dtype]} }
fn input_at(base: u32, at: u32) -> u32 { ${INPUT[input]} }

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) tile: vec3<u32>,
  @builtin(num_workgroups) tiles: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let firstRow = (tile.y + tile.z * tiles.y) * ${TILE}u;
  let firstCol = tile.x * ${TILE}u;
  // this thread brings step \`depth\` of the fours \`lane\` and lane + 4 of rows and of columns: a whole vector each, since
  // writing one component may touch the others
  let depth = thread % DEPTH;
  let lane = thread / DEPTH;
  var bases: array<u32, 8>;
  for (var j = 0u; j < 8u; j++) {
    let row = min(firstRow + 4u * lane + j % 4u + 16u * (j / 4u), p.m - 1u);
    bases[j] = p.x + row / p.width * p.inRow + row % p.width * p.inPixel;
  }
  var sums: array<vec4<f32>, 4>;
  for (var k = 0u; k < p.k; k += DEPTH) {
    let at = k + depth;
    for (var half = 0u; half < 2u; half++) {
      var values = vec4<f32>();
      var factors = vec4<f32>();
      let col = firstCol + 4u * lane + 16u * half;
      if (at < p.k) {
        for (var j = 0u; j < 4u; j++) {
          values[j] = data[input_at(bases[4u * half + j], at)];
          if (col + j < p.n) { factors[j] = weight(col + j, at); }
        }
      }
      rows[depth * PITCH + lane + 4u * half] = values;
      cols[depth * PITCH + lane + 4u * half] = factors;
    }
    workgroupBarrier();
    for (var step = 0u; step < DEPTH; step++) {
      let a = rows[step * PITCH + local.y];
      let b = cols[step * PITCH + local.x];
      sums[0] += a.x * b; sums[1] += a.y * b; sums[2] += a.z * b; sums[3] += a.w * b;
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    let row = firstRow + 4u * local.y + i;
    if (row >= p.m) { break; }
    let base = p.out + row / p.width * p.outRow + row % p.width * p.outPixel;
    for (var j = 0u; j < 4u; j++) {
      let col = firstCol + 4u * local.x + j;
      if (col >= p.n) { break; }
      data[base + col] = finish(sums[i][j] * vectors[col] + vectors[p.n + col], data[base + col]);
    }
  }
}`,
  };
}

/** Where a map begins, and the elements from one row of pixels and from one pixel to the next. */
export type Placed = readonly [at: number, row: number, pixel: number];

/** A product of `pixels` = [all, in a row] pixels with the weights; `channels` a pixel of x, when it is less than k. */
export function runLinear(
  recorder: Recorder,
  out: Placed,
  x: Placed,
  [m, width]: readonly [m: number, width: number],
  w: GpuLinear,
  epilogue: Epilogue,
  channels: number = w.k,
): void {
  const kernel = linearKernel(w.dtype, epilogue, channels === w.k ? 'pixel' : 'neighborhood');
  const numbers = [m, w.n, w.k, width, ...out, ...x, channels];
  recorder.run(kernel, numbers, Math.ceil(w.n / TILE), Math.ceil(m / TILE), w);
}
