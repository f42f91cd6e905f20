// Attention by itself: node scripts/run.mjs bench/lab/attention.ts [WASM] [SECONDS] (after node scripts/build_core.mjs).
// Checks the answer against f64 before it times. GOP/s count the two products and nothing else, over the time of all.
import { readFileSync } from 'node:fs';
import type { Kernels } from '../../src/wasm/kernels.ts';
import { layOutRelativeBias } from '../../src/wasm/relativeBias.ts';
import { attention } from '../../test/reference/attention.ts';

const file = process.argv[2] ?? 'dist/core.strict.wasm';
const SHAPES = [
  { name: 'B/16-224', grid: 14, heads: 12, headDim: 64 },
  { name: 'L/16-224', grid: 14, heads: 16, headDim: 64 },
  { name: 'B/16-384', grid: 24, heads: 12, headDim: 64 },
  { name: 'B/16-640', grid: 40, heads: 12, headDim: 64 },
];
const seconds = Number(process.argv[3] ?? 1);
/** The kernels, and how far their answers to inputs of −1 … 1 may be from f64. */
const KERNELS = { attention: 2e-6, attention_q8: 0.01 };

const exports = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file))).exports as unknown as Kernels;
for (const shape of SHAPES)
  for (const kernel of ['attention', 'attention_q8'] as const)
    for (const biased of [true, false]) measure(kernel, shape, biased);

function measure(
  kernel: keyof typeof KERNELS,
  { name, grid, heads, headDim }: (typeof SHAPES)[0],
  biased: boolean,
): void {
  const [tokens, width] = [grid * grid + 1, heads * headDim];
  const distances = (2 * grid - 1) ** 2 + 3;
  const qkv = Float32Array.from({ length: tokens * 3 * width }, (_, i) => Math.sin(i * 12.9898 + (i % 7)));
  const table = Float32Array.from({ length: distances * heads }, (_, i) => Math.cos(i));
  const [at, out, bias, scratch] = place([
    qkv,
    new Float32Array(tokens * width),
    layOutRelativeBias(table, heads, { height: grid, width: grid }),
    new Float32Array(
      Math.max(exports.attention_scratch(tokens, headDim), exports.attention_scratch_q8(tokens, headDim)) / 4,
    ),
  ]);
  const units = exports[kernel === 'attention' ? 'attention_units' : 'attention_units_q8'](1, heads, tokens);
  const run = () =>
    exports[kernel](
      0,
      units,
      out,
      width,
      at,
      3 * width,
      tokens,
      heads,
      headDim,
      biased ? bias : 0,
      grid,
      grid,
      0,
      scratch,
    );
  run();
  if (tokens < 600) {
    const rows = Array.from({ length: tokens }, (_, i) => [...qkv.subarray(i * 3 * width, (i + 1) * 3 * width)]);
    const cells = Array.from({ length: distances }, (_, i) => [...table.subarray(i * heads, (i + 1) * heads)]);
    const shape = { tokens, heads, headDim, grid: { height: grid, width: grid }, table: biased ? cells : undefined };
    const got = new Float32Array(exports.memory.buffer, out, tokens * width);
    const error = attention(rows, shape)
      .flat()
      .reduce((worst, value, i) => Math.max(worst, Math.abs(value - got[i])), 0);
    if (!(error < KERNELS[kernel])) throw new Error(`${kernel} ${name}: wrong by ${error}`);
  }
  const time = fastest(run);
  const rate = (4 * tokens * tokens * width) / time / 1e9;
  console.log(
    `${kernel.padEnd(12)} ${name} ${biased ? 'biased' : 'plain '}  ${(time * 1e3).toFixed(2)} ms a layer  ${rate.toFixed(1)} GOP/s`,
  );
}

function place(arrays: Float32Array[]): number[] {
  let top = (Number(exports.heapBase.value) + 63) & ~63;
  const pointers = arrays.map((array) => {
    const pointer = top;
    top = (top + array.byteLength + 63) & ~63;
    return pointer;
  });
  const missing = top - exports.memory.buffer.byteLength;
  if (missing > 0) exports.memory.grow((missing + 65535) >>> 16);
  arrays.forEach((array, i) => {
    new Float32Array(exports.memory.buffer, pointers[i], array.length).set(array);
  });
  return pointers;
}

function fastest(run: () => void): number {
  const begin = performance.now();
  let best = Infinity;
  while (performance.now() - begin < seconds * 1e3) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best / 1e3;
}
