// The products of quantized layers: the rows of x become signed bytes with a scale for each, the weights are bytes (q8) or become
// bytes on their way to a tile (q4), and the sums are the integers that the core has (core-as/gemm).
import type { Epilogue } from '../../backend.ts';
import { isQuantizedDtype, type QuantizedDtype } from '../../dtype.ts';
import type { Kernel } from '../kernel.ts';
import type { GpuLinear, GpuTensor } from '../kinds.ts';
import type { RowScratch } from '../memory.ts';
import type { Recorder } from '../recorder.ts';
import { finishOf } from './activation.ts';
import { QUANTIZE_ROWS, ROW_HEADER } from './quantizeRows.ts';
import { storeFour } from './storeFour.ts';
import { type TileSize, tileKernel, tileSize } from './tile.ts';

/** Words of a row of k values, four in each, in whole vectors; of q4 in whole blocks of 32 values. */
export function wordsOf(dtype: QuantizedDtype, k: number): number {
  return dtype === 'q8' ? 4 * Math.ceil(k / 16) : 8 * Math.ceil(k / 32);
}

/** Elements of the arena that a quantized row of x takes. */
export function quantizedRowSize(dtype: QuantizedDtype, k: number): number {
  return ROW_HEADER + wordsOf(dtype, k);
}

/** The sixteen levels of core-as/gemm/codebook_q4.ts, four in a word. */
const LEVELS = [-56, -44, -35, -27, -20, -13, -6, 0, 6, 12, 19, 26, 33, 41, 51, 64];
const LEVEL_WORDS = Array.from(new Uint32Array(Int8Array.from(LEVELS).buffer), (word) => `${word}u`);

/** Byte `i` of a word, with its sign. */
const BYTE = 'fn byte_of(word: u32, i: u32) -> i32 { return i32(word << (24u - 8u * i)) >> 24u; }';

/** `words_of(n, at)`: four words of weights of row `n`, from word `at` on; `weight_at(n, position)`: one weight. */
const WEIGHTS: Readonly<Record<QuantizedDtype, string>> = {
  q8: `fn words_of(n: u32, at: u32) -> vec4<u32> { return weights[(n * p.k + at) / 4u]; }
fn weight_at(n: u32, position: u32) -> i32 {
  return byte_of(weights[n * p.k / 4u + position / 16u][position / 4u % 4u], position % 4u);
}`,
  // a block: 16 bytes of codes, of which byte i has values i and 16 + i; behind all codes, the block scales row by row
  q4: `const LEVELS = vec4<u32>(${LEVEL_WORDS.join(', ')});
fn level_of(m: i32, code: u32) -> i32 { return (m * byte_of(LEVELS[code / 4u], code % 4u) + 32i) >> 6u; }
fn levels_of(m: i32, codes: u32) -> u32 {
  var word = 0u;
  for (var i = 0u; i < 4u; i++) { word |= (u32(level_of(m, (codes >> (8u * i)) & 15u)) & 255u) << (8u * i); }
  return word;
}
fn block_scale(n: u32, block: u32) -> i32 {
  let blocks = p.k / 8u;
  let word = n * ((blocks + 3u) / 4u) + block / 4u;
  return byte_of(weights[p.n * blocks + word / 4u][word % 4u], block % 4u);
}
fn weight_at(n: u32, position: u32) -> i32 {
  let block = position / 32u;
  let codes = weights[n * (p.k / 8u) + block][position / 4u % 4u];
  return level_of(block_scale(n, block), (codes >> (8u * (position % 4u) + 4u * (position / 16u % 2u))) & 15u);
}
fn words_of(n: u32, at: u32) -> vec4<u32> {
  let block = at / 8u;
  let codes = weights[n * (p.k / 8u) + block] >> vec4<u32>(at & 4u);
  let m = block_scale(n, block);
  return vec4<u32>(levels_of(m, codes.x), levels_of(m, codes.y), levels_of(m, codes.z), levels_of(m, codes.w));
}`,
};

/** The sum of four products of signed bytes, by the instruction for it or one by one. */
const DOT = {
  packed: 'fn dot_of(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }',
  plain: `fn bytes_of(word: u32) -> vec4<i32> {
  return vec4<i32>(vec4<u32>(word << 24u, word << 16u, word << 8u, word)) >> vec4<u32>(24u);
}
fn dot_of(a: u32, b: u32) -> i32 { return dot(bytes_of(a), bytes_of(b)); }`,
};

/** The forms of one product. */
export interface IntegerForm {
  readonly dtype: QuantizedDtype;
  readonly epilogue: Epilogue;
  readonly size: TileSize;
  /** Whether results are stored as vectors. */
  readonly wide: boolean;
  /** Whether WGSL has a product of four bytes with four. */
  readonly packed: boolean;
}

/** out = epilogue(scale ⊙ (x·Wᵀ) + shift) of quantized rows, k counted in words of four values. */
export function integerKernel({ dtype, epilogue, size, wide, packed }: IntegerForm): Kernel {
  const name = ['linear', dtype, epilogue, wide ? 'wide' : 'narrow', packed ? 'packed' : 'plain'].join(' ');
  return tileKernel(name, size, {
    element: 'u32',
    data: wide ? 'vec4<u32>' : 'u32',
    weights: 'vec4<u32>',
    functions: `${finishOf(epilogue)}
${BYTE}
${WEIGHTS[dtype]}
${DOT[packed ? 'packed' : 'plain']}
fn dots_of(a: vec4<u32>, b: vec4<u32>) -> i32 {
  return dot_of(a.x, b.x) + dot_of(a.y, b.y) + dot_of(a.z, b.z) + dot_of(a.w, b.w);
}
fn value_at(at: u32) -> u32 { return ${wide ? 'data[at / 4u][at % 4u]' : 'data[at]'}; }
fn base_of(row: u32) -> u32 { return p.x + min(row, p.m - 1u) * p.inPixel; }
fn input_four(base: u32, at: u32) -> vec4<u32> {
  if (at >= p.k) { return vec4<u32>(); }
  let first = base + ${ROW_HEADER}u + at;
  return ${wide ? 'data[first / 4u]' : 'vec4<u32>(data[first], data[first + 1u], data[first + 2u], data[first + 3u])'};
}
fn weight_four(n: u32, at: u32) -> vec4<u32> {
  if (at >= p.k || n >= p.n) { return vec4<u32>(); }
  return words_of(n, at);
}
/** The products of what the bytes of a row have no room for. */
fn residuals_of(base: u32, col: u32) -> i32 {
  var sum = 0i;
  for (var e = 0u; e < value_at(base + 1u); e++) {
    let entry = value_at(base + 4u + e);
    sum += (i32(entry << 16u) >> 16u) * weight_at(col, entry >> 16u);
  }
  return sum;
}
fn scaled(row: u32, col: u32, sum: i32) -> f32 {
  let base = base_of(row);
  let total = f32(sum + residuals_of(base, col));
  return total * bitcast<f32>(value_at(base)) * vectors[2u * p.n + col] * vectors[col] + vectors[p.n + col];
}
${storeFour(wide, 'i32', 'u32')}`,
  });
}

type IntegerLinear = GpuLinear & { readonly dtype: QuantizedDtype };

/** Whether the layer computes in integers. */
export function isInteger(w: GpuLinear): w is IntegerLinear {
  return isQuantizedDtype(w.dtype);
}

/** Quantizes x into the scratch buffer and multiplies it with the weights, as many rows at a time as there is room for. */
export function runIntegerLinear(
  recorder: Recorder,
  scratch: RowScratch,
  out: GpuTensor,
  x: GpuTensor,
  w: IntegerLinear,
  epilogue: Epilogue,
): void {
  const { n, k, dtype } = w;
  const [words, step] = [wordsOf(dtype, k), quantizedRowSize(dtype, k)];
  const wide = [n, out.at, out.stride].every((count) => count % 4 === 0);
  const { tileSize: given, packedDot: packed = false } = recorder.forms;
  for (let begin = 0; begin < out.rows; begin += scratch.rows) {
    const m = Math.min(scratch.rows, out.rows - begin);
    recorder.run(QUANTIZE_ROWS, [m, k, words, scratch.at, step, x.at + begin * x.stride, x.stride], m);
    const size = given ?? tileSize(m, n);
    const kernel = integerKernel({ dtype, epilogue, size, wide, packed });
    const to = out.at + begin * out.stride;
    const numbers = [m, n, words, m, to, 0, out.stride, scratch.at, 0, step, words];
    recorder.run(kernel, numbers, Math.ceil(n / size), Math.ceil(m / size), w);
  }
}
