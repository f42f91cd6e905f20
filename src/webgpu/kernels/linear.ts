import type { Epilogue } from '../../backend.ts';
import type { Kernel } from '../kernel.ts';
import type { GpuFloatDtype, GpuLinear } from '../kinds.ts';
import type { Recorder } from '../recorder.ts';
import { finishOf } from './activation.ts';
import { storeFour } from './storeFour.ts';
import { type Operands, type TileSize, tileKernel, tileSize } from './tile.ts';

/** The forms of one product. */
export interface LinearForm {
  readonly dtype: GpuFloatDtype;
  readonly epilogue: Epilogue;
  /** Whether an input is its pixel, or the neighborhood of it. */
  readonly input: 'pixel' | 'neighborhood';
  readonly size: TileSize;
  /** Whether all addresses, sizes and steps are multiples of four, so that values move in vectors. */
  readonly wide: boolean;
  /** Whether the products are computed in f16. */
  readonly half: boolean;
}

/** Where input `at` of the pixel whose inputs begin at `base` is: channels one behind the other, taps (ky, kx) around them. */
const INPUT = {
  pixel: 'return base + at;',
  neighborhood: `let tap = at / p.channels;
  return base + tap / 3u * p.inRow + tap % 3u * p.inPixel + at % p.channels;`,
};

/** Four weights of row `n` from `at` on. */
const FOUR_WEIGHTS: Readonly<Record<GpuFloatDtype, string>> = {
  f32: 'return bitcast<vec4<f32>>(word);',
  f16: 'return vec4<f32>(unpack2x16float(word.x), unpack2x16float(word.y));',
  bf16: `return bitcast<vec4<f32>>(vec4<u32>(word.x << 16u, word.x & 0xffff0000u, word.y << 16u, word.y & 0xffff0000u));`,
};

/** Weight `at` of row `n`; two of 16 bits share a word, and every row begins with a word of its own. */
const WEIGHT: Readonly<Record<GpuFloatDtype, string>> = {
  f32: 'return bitcast<f32>(weights[n * p.k + at]);',
  f16: 'return unpack2x16float(weights[n * ((p.k + 1u) / 2u) + at / 2u])[at % 2u];',
  bf16: 'return bitcast<f32>((weights[n * ((p.k + 1u) / 2u) + at / 2u] >> (16u * (at % 2u))) << 16u);',
};

const WIDE = (dtype: GpuFloatDtype) => `
fn four_inputs(base: u32, at: u32) -> vec4<f32> { return data[input_at(base, at) / 4u]; }
fn four_weights(n: u32, at: u32) -> vec4<f32> { let word = weights[(n * p.k + at) / 4u]; ${FOUR_WEIGHTS[dtype]} }`;

const NARROW = (dtype: GpuFloatDtype) => `
fn weight(n: u32, at: u32) -> f32 { ${WEIGHT[dtype]} }
fn four_inputs(base: u32, at: u32) -> vec4<f32> {
  var four = vec4<f32>();
  for (var l = 0u; l < min(4u, p.k - at); l++) { four[l] = data[input_at(base, at + l)]; }
  return four;
}
fn four_weights(n: u32, at: u32) -> vec4<f32> {
  var four = vec4<f32>();
  for (var l = 0u; l < min(4u, p.k - at); l++) { four[l] = weight(n, at + l); }
  return four;
}`;

function floatOperands({ dtype, epilogue, input, wide, half }: LinearForm): Operands {
  const element = half ? 'f16' : 'f32';
  return {
    element,
    ...(wide && { data: 'vec4<f32>', weights: dtype === 'f32' ? 'vec4<u32>' : 'vec2<u32>' }),
    functions: `${finishOf(epilogue)}
fn input_at(base: u32, at: u32) -> u32 { ${INPUT[input]} }
fn base_of(row: u32) -> u32 {
  let pixel = min(row, p.m - 1u);
  return p.x + pixel / p.width * p.inRow + pixel % p.width * p.inPixel;
}
${(wide ? WIDE : NARROW)(dtype)}
fn input_four(base: u32, at: u32) -> vec4<${element}> {
  if (at >= p.k) { return vec4<${element}>(); }
  return vec4<${element}>(four_inputs(base, at));
}
fn weight_four(n: u32, at: u32) -> vec4<${element}> {
  if (at >= p.k || n >= p.n) { return vec4<${element}>(); }
  return vec4<${element}>(four_weights(n, at));
}
fn scaled(row: u32, col: u32, sum: f32) -> f32 { return sum * vectors[col] + vectors[p.n + col]; }
${storeFour(wide, 'f32', 'f32')}`,
  };
}

/**
 * out = epilogue(scale ⊙ (x·Wᵀ) + shift) for the pixels of a map, `width` in a row of it: a linear layer is one on a map of
 * one row.
 */
export function linearKernel(form: LinearForm): Kernel {
  const { dtype, epilogue, input, size, wide, half } = form;
  const name = ['linear', dtype, epilogue, input, wide ? 'wide' : 'narrow', half ? 'half' : 'full'].join(' ');
  return tileKernel(name, size, floatOperands(form));
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
  const { n, k, dtype } = w;
  const input = channels === k ? 'pixel' : 'neighborhood';
  const size = recorder.forms.tileSize ?? tileSize(m, n);
  const wide = [n, k, channels, ...out, ...x].every((count) => count % 4 === 0);
  const kernel = linearKernel({
    dtype: dtype as GpuFloatDtype,
    epilogue,
    input,
    size,
    wide,
    half: recorder.forms.half ?? false,
  });
  recorder.run(kernel, [m, n, k, width, ...out, ...x, channels], Math.ceil(n / size), Math.ceil(m / size), w);
}
