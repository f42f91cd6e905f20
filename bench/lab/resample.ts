// Resizing a 12-megapixel RGB picture to 224 × 224 in the core, and in TypeScript for comparison:
// node scripts/run.mjs bench/lab/resample.ts [WASM] (after node scripts/build_core.mjs). Answers are compared first.
import { readFileSync } from 'node:fs';
import { resampleCoefficients } from '../../src/image/resample/resampleCoefficients.ts';
import { resize } from '../../src/image/resample/resize.ts';
import type { Kernels } from '../../src/wasm/kernels.ts';

const [WIDTH, HEIGHT, SIZE] = [4000, 3000, 224];
const REPEATS = 15;

const file = process.argv[2] ?? 'dist/core.strict.wasm';
const core = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file))).exports as unknown as Kernels;
let top = (Number(core.heapBase.value) + 63) & ~63;
const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 31 + (i >> 11)) & 255);
const [picture, middle, out, rest] = [data.length, HEIGHT * SIZE * 3, SIZE * SIZE * 3, 1 << 20].map(reserve);
core.memory.grow((top - core.memory.buffer.byteLength + 65535) >>> 16);
new Uint8Array(core.memory.buffer).set(data, picture);

for (const filter of ['bilinear', 'bicubic', 'lanczos'] as const) {
  top = rest;
  const [across, down] = [WIDTH, HEIGHT].map((from) => place(from, filter));
  const run = () => {
    core.resample_horizontal(0, HEIGHT, middle, 3 * SIZE, picture, 3 * WIDTH, SIZE, ...across);
    core.resample_vertical(0, SIZE, out, 3 * SIZE, middle, 3 * SIZE, 3 * SIZE, ...down);
  };
  const host = () => resize({ data, width: WIDTH, height: HEIGHT, channels: 3 }, SIZE, SIZE, filter).data;
  run();
  const got = new Uint8Array(core.memory.buffer, out, SIZE * SIZE * 3);
  if (!host().every((byte, i) => byte === got[i])) throw new Error(`${filter}: the core differs`);
  console.log(`${filter.padEnd(8)}  core ${fastest(run).toFixed(1)} ms   TypeScript ${fastest(host).toFixed(1)} ms`);
}

function reserve(bytes: number): number {
  const pointer = top;
  top = (top + bytes + 63) & ~63;
  return pointer;
}

function place(from: number, filter: 'bilinear' | 'bicubic' | 'lanczos'): [number, number, number, number] {
  const { taps, starts, counts, weights } = resampleCoefficients(from, SIZE, filter);
  const [a, b, c] = [starts, counts, weights].map((array) => {
    const pointer = reserve(array.byteLength);
    new Int32Array(core.memory.buffer, pointer, array.length).set(array);
    return pointer;
  });
  return [a, b, c, taps];
}

function fastest(run: () => unknown): number {
  let best = Infinity;
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
