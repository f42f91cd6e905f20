import { platform } from '#platform';
import { crc32 } from '../crc32.ts';
import { ARITHMETICS } from '../device.ts';
import { type Dtype, isQuantizedDtype } from '../dtype.ts';
import { check, checkChoice } from '../errors.ts';
import { wasmBackend } from '../wasm/backend.ts';
import type { CoreOptions } from '../wasm/engine.ts';
import { openCore } from './openCore.ts';

/** CRC-32 of what {@link blockOutputs} are in each arithmetic with each dtype, the same in every runtime without wide vectors. */
export const BLOCK_CHECKSUMS: Readonly<Record<string, Readonly<Record<Dtype, number>>>> = {
  strict: { f32: 0xf361426b, f16: 0x6b3076dd, bf16: 0x4fe72eb6, q8: 0x216e155e, q4: 0x440fdfc1 },
  fused: { f32: 0xff57f10f, f16: 0xf4e607e5, bf16: 0xfc270989, q8: 0xc917518f, q4: 0x155953c0 },
};

/** What this thread has checked. */
const checked = new Set<string>();

/**
 * Lets the compiler join two vectors of 128 bits to one of 256 in this process, and checks that the kernels still give the same bits.
 *
 * @returns the options with the core that has the most to join
 * @throws `UnsupportedRuntime` where it cannot, and where results differ: then code that is compiled already may stay wrong until
 * the process ends
 */
export async function widenVectors(options: CoreOptions): Promise<CoreOptions> {
  const { dtype = 'f32', arithmetic = 'strict' } = options;
  checkChoice('arithmetic', arithmetic, ARITHMETICS);
  const cannot = (reason: string) => `Cannot compute with wide vectors: ${reason}`;
  const { wideVectors } = platform;
  check(wideVectors, 'UnsupportedRuntime', cannot(`expected Node 24, got ${platform.name}`));
  const missing = wideVectors.missing();
  check(!missing, 'UnsupportedRuntime', cannot(missing));
  // tiles of sixteen or eight columns have vectors to join, one of twelve has an odd one
  const strict = (options.simd ?? 'auto') === 'auto' && arithmetic !== 'fused' && !isQuantizedDtype(dtype);
  const simd = strict ? 'strict' : options.simd;
  const chosen = { ...options, simd };
  const key = `${dtype} ${simd} ${arithmetic}`;
  if (checked.has(key)) return chosen;
  wideVectors.set(true);
  const outputs = await blockOutputs({ dtype, simd, arithmetic }, wideVectors.optimized);
  const same = crc32(outputs) === BLOCK_CHECKSUMS[arithmetic][dtype];
  if (!same) wideVectors.set(false);
  check(
    same,
    'UnsupportedRuntime',
    cannot(`${platform.name} ${platform.version} computes other numbers with them; start again without`),
  );
  checked.add(key);
  return chosen;
}

/** Rounds after which V8 has optimized every kernel of a block. */
const ROUNDS = 60;

/** A block of 26 tokens, 96 numbers each, computed often enough that its kernels are optimized: the bytes of the last result. */
export async function blockOutputs(
  options: CoreOptions,
  optimized: (work: () => void) => void = (work) => work(),
): Promise<Uint8Array> {
  const { kernels, memory, dispatch } = await openCore({ ...options, threads: 1, seat: undefined, workers: undefined });
  const backend = wasmBackend(kernels, memory, dispatch);
  const [tokens, dim, hidden] = [26, 96, 388];
  const linear = (n: number, k: number) => backend.reserveLinear(n, k, options.dtype);
  const layers = [linear(3 * dim, dim), linear(dim, dim), linear(hidden, dim), linear(dim, hidden)];
  const norm = backend.reserveNorm(dim, 1e-6);
  const [x, normed, out] = [0, 1, 2].map(() => backend.alloc(tokens, dim));
  const [qkv, middle] = [backend.alloc(tokens, 3 * dim), backend.alloc(tokens, hidden)];
  const grid = { height: 5, width: 5 };
  const heads = 2;
  const relativeBias = backend.alloc(heads, 9 * 9 + 3);
  backend.planAttention(tokens, dim / heads);
  backend.commit();
  for (const [i, w] of layers.entries()) {
    backend.putRows(w, 0, numbers(w.n * w.k, i));
    backend.putVectors(w, null, numbers(w.n, i + 4));
  }
  backend.putNorm(norm, numbers(dim, 8), numbers(dim, 9));
  backend.writeRelativeBias(relativeBias, numbers((9 * 9 + 3) * heads, 10), grid);
  const quantized = isQuantizedDtype(options.dtype);
  const shape = { images: 1, tokens, heads, grid, relativeBias, headMask: null, quantized };
  const input = numbers(tokens * dim, 11);
  optimized(() => {
    for (let round = 0; round < ROUNDS; round++) {
      backend.write(x, input);
      backend.layerNorm(normed, x, norm);
      backend.linear(qkv, normed, layers[0]);
      backend.attention(out, qkv, shape);
      backend.linear(x, out, layers[1], 'add');
      backend.layerNorm(normed, x, norm);
      backend.linear(middle, normed, layers[2], 'gelu');
      backend.linear(x, middle, layers[3], 'add');
    }
  });
  const { buffer } = await backend.read(x);
  backend.dispose();
  return new Uint8Array(buffer);
}

/** Numbers in (−1, 1) that look like noise. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed + 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >> 8) / 2 ** 23;
  });
}
