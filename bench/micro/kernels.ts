import { platform } from '#platform';
import { coreResize } from '../../src/engine/coreResize.ts';
import { Random } from '../../src/model/beit/random.ts';
import { type WasmBackend, wasmBackend } from '../../src/wasm/backend.ts';
import { openEngine } from '../../src/wasm/engine.ts';
import type { WasmTensor } from '../../src/wasm/kinds.ts';
import { type Spread, spread } from '../contest/statistics.ts';
import type { BenchOptions } from '../options.ts';

/** Time of one call on one thread, and what it works through. */
export interface KernelTime {
  readonly name: string;
  /** Milliseconds. */
  readonly time: Spread;
  /** Numbers, for nanoseconds a number; 0 where that says nothing. */
  readonly numbers: number;
}

// BEiT-base at 224
const [TOKENS, DIM, HEADS, MLP, GRID] = [197, 768, 12, 3072, 14];
/** 12 megapixels. */
const [WIDTH, HEIGHT] = [4000, 3000];

interface Bench {
  readonly backend: WasmBackend;
  readonly random: Random;
}

/** Everything in a pass but the products, each by itself on the shapes of BEiT-base 224, and a resize to 224. */
export async function benchKernels(options: BenchOptions): Promise<KernelTime[]> {
  const { kernels, memory, dispatch } = await openEngine(platform, { threads: 1 });
  const bench = { backend: wasmBackend(kernels, memory, dispatch), random: new Random(5) };
  const runs = { ...normRuns(bench), ...attentionRuns(bench), ...linearRuns(bench), ...resizeRuns() };
  const chosen = Object.entries(runs).filter(([name]) => options.only.test(name));
  const times = chosen.map((): number[] => []);
  const rounds = options.quick ? 5 : 25;
  for (let round = -3; round < rounds; round++) {
    for (const [i, [, { run }]] of chosen.entries()) {
      const begin = performance.now();
      await run();
      if (round >= 0) times[i].push(performance.now() - begin);
    }
    options.progress(`round ${round + 1} of ${rounds}`, round + 4, rounds + 3);
  }
  return chosen.map(([name, { numbers }], i) => ({ name, time: spread(times[i]), numbers }));
}

type Runs = Record<string, { readonly run: () => unknown; readonly numbers: number }>;

function normRuns({ backend, random }: Bench): Runs {
  const x = backend.alloc(TOKENS, DIM);
  const y = backend.alloc(TOKENS, DIM);
  const norm = backend.reserveNorm(DIM, 1e-12);
  const scores = backend.alloc(HEADS * TOKENS, TOKENS);
  backend.commit();
  fill(backend, x, random);
  fill(backend, scores, random);
  backend.putNorm(norm, new Float32Array(DIM).fill(1), new Float32Array(DIM));
  const { at, rows, cols, stride } = scores;
  return {
    'layer norm [197, 768]': { run: () => backend.layerNorm(y, x, norm), numbers: TOKENS * DIM },
    'residual add [197, 768]': { run: () => backend.add(y, x), numbers: TOKENS * DIM },
    'softmax [12·197, 197]': {
      run: () => backend.kernels.softmax(0, rows, at, stride, at, stride, cols),
      numbers: rows * cols,
    },
  };
}

function attentionRuns({ backend, random }: Bench): Runs {
  const qkv = backend.alloc(TOKENS, 3 * DIM);
  const out = backend.alloc(TOKENS, DIM);
  const relativeBias = backend.alloc(HEADS, (2 * GRID - 1) ** 2 + 3);
  const pixels = backend.alloc(1, 3 * 224 * 224);
  const patches = backend.alloc(TOKENS - 1, DIM);
  backend.planAttention(TOKENS, DIM / HEADS);
  backend.commit();
  for (const tensor of [qkv, relativeBias, pixels]) fill(backend, tensor, random);
  const grid = { height: GRID, width: GRID };
  const shape = { images: 1, tokens: TOKENS, heads: HEADS, grid, relativeBias, headMask: null };
  const image = { images: 1, channels: 3, height: 224, width: 224 };
  return {
    'attention, one layer': { run: () => backend.attention(out, qkv, shape), numbers: 0 },
    'patchify 224': { run: () => backend.patchify(patches, pixels, image, 16), numbers: patches.rows * DIM },
  };
}

/** A layer of no columns only quantizes its rows; against storing, gelu shows its price. */
function linearRuns({ backend, random }: Bench): Runs {
  const [x, h] = [backend.alloc(TOKENS, DIM), backend.alloc(TOKENS, MLP)];
  const fc1 = backend.reserveLinear(MLP, DIM, 'q8');
  backend.commit();
  fill(backend, x, random);
  backend.putRows(
    fc1,
    0,
    new Float32Array(MLP * DIM).map(() => random.normal()),
  );
  backend.putVectors(fc1, null, null);
  return {
    'quantize [197, 768]': { run: () => backend.linear(h, x, { ...fc1, n: 0 }), numbers: TOKENS * DIM },
    'fc1 q8, stored': { run: () => backend.linear(h, x, fc1), numbers: 0 },
    'fc1 q8, gelu': { run: () => backend.linear(h, x, fc1, 'gelu'), numbers: 0 },
  };
}

/** The processor's own path. */
function resizeRuns(): Runs {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 31 + (i >> 11)) & 255);
  const picture = { data, width: WIDTH, height: HEIGHT, channels: 3 } as const;
  const to = (filter: 'bilinear' | 'bicubic') => ({ run: () => coreResize(picture, 224, 224, filter), numbers: 0 });
  return { 'resize 12 MP → 224, bilinear': to('bilinear'), 'resize 12 MP → 224, bicubic': to('bicubic') };
}

function fill(backend: WasmBackend, tensor: WasmTensor, random: Random): void {
  backend.write(
    tensor,
    new Float32Array(tensor.rows * tensor.cols).map(() => random.normal()),
  );
}
