import { readFileSync } from 'node:fs';
import { instantiateSync } from '@assemblyscript/loader';
import type { TrainKernels } from '../../src/train/engine/kernels.ts';
import type { Kernels } from '../../src/wasm/kernels.ts';
import { loweringOf } from '../../src/wasm/lowering.ts';

/** A build of the core and a bump allocator over its memory. Build first: `node scripts/build_core.mjs`. */
export interface Core<K extends Pick<Kernels, 'memory' | 'heapBase'> = Kernels> {
  readonly name: string;
  readonly kernels: K;
  /** Forgets every placement and fills the memory with a pattern, so that reads of unset memory show. */
  reset(): void;
  /** `bytes` bytes at a multiple of 64, filled with the pattern. */
  alloc(bytes: number): number;
  /** A copy of `data` in the core's memory. */
  place(data: Float32Array | Uint8Array | Int8Array | Int32Array): number;
  /** A copy of `length` floats at `pointer`. */
  floats(pointer: number, length: number): Float32Array;
  bytes(pointer: number, length: number): Uint8Array;
  /** Runs `call` and throws if it wrote below `end` anywhere but in `allowed` [pointer, bytes] ranges. Default of `end`: all that was placed. */
  writesOnly(allowed: readonly (readonly [number, number])[], call: () => void, end?: number): void;
}

const PATTERN = 0xb5; // as f32: −1.35e−6, as int8: −75
const MARGIN = 4096;
const RELEASES = ['strict', 'relaxed', 'strict.threads', 'relaxed.threads'] as const;

/** The debug build with its assertions, through the loader, and the release builds that this engine can run. */
export function loadCores(): Core[] {
  const runnable = RELEASES.filter((variant) => WebAssembly.validate(read(variant)));
  if (runnable.length < RELEASES.length) console.log('skip: this engine has no relaxed SIMD, strict builds alone');
  const releases = runnable.map((variant) => wrap(variant, loadRelease(variant)));
  const relaxed = runnable.includes('relaxed');
  const pairs = relaxed && process.arch !== 'arm64' ? [wrap('relaxed, by pairs', loadForm('relaxed', PAIRS))] : [];
  const lanes = relaxed ? [wrap('relaxed, by lanes', loadForm('relaxed', LANES))] : [];
  return [
    wrap('debug', loadDebug()),
    ...releases,
    ...pairs,
    ...lanes,
    wrap('strict, by lanes', loadForm('strict', LANES)),
  ];
}

/** The builds with fused arithmetic, in each form of their micro-kernels; none where the engine does not fuse. */
export function loadFusedCores(): Core[] {
  const fuses = WebAssembly.validate(read('fused')) && loweringOf(loadRelease('fused')).fusedMultiplyAdd;
  if (!fuses) console.log('skip: this engine has no fused arithmetic');
  if (!fuses) return [];
  const whole = (['fused', 'fused.threads'] as const).map((variant) => wrap(variant, loadRelease(variant)));
  return [...whole, wrap('fused, by lanes', loadForm('fused', LANES))];
}

/** The core for training: with assertions, and the release build for one thread. */
export function loadTrainCores(): Core<TrainKernels>[] {
  const release = new WebAssembly.Instance(new WebAssembly.Module(readFileSync('build/train.wasm'))).exports;
  const debug = instantiateSync(readFileSync('build/train.debug.wasm')).exports;
  return [wrap('debug', debug as unknown as TrainKernels), wrap('release', release as unknown as TrainKernels)];
}

const read = (variant: string) => readFileSync(`dist/core.${variant}.wasm`);

function loadDebug(): Kernels {
  return instantiateSync(readFileSync('build/core.debug.wasm')).exports as unknown as Kernels;
}

/** Forms of the micro-kernels: core-as/gemm/forms.ts. */
const [PAIRS, LANES] = [1, 2];

/** A core in a form that its processor may not be given. */
function loadForm(variant: 'strict' | 'relaxed' | 'fused', form: number): Kernels {
  const kernels = loadRelease(variant);
  kernels.form.value = form;
  return kernels;
}

/** Without imports, or with nothing but the shared memory: instantiating fails if a build asks for more. */
function loadRelease(variant: (typeof RELEASES)[number] | 'fused' | 'fused.threads'): Kernels {
  const module = new WebAssembly.Module(read(variant));
  const memory = variant.endsWith('threads')
    ? new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true })
    : undefined;
  return new WebAssembly.Instance(module, memory ? { env: { memory } } : {}).exports as unknown as Kernels;
}

function wrap<K extends Pick<Kernels, 'memory' | 'heapBase'>>(name: string, kernels: K): Core<K> {
  const { memory } = kernels;
  let top = Number(kernels.heapBase.value);
  const view = () => new Uint8Array(memory.buffer);
  const bytes = (pointer: number, length: number) => view().slice(pointer, pointer + length);
  const alloc = (size: number) => {
    const pointer = (top + 63) & ~63;
    top = pointer + size;
    const missing = top + MARGIN - memory.buffer.byteLength;
    if (missing > 0) memory.grow((missing + 65535) >>> 16);
    view().fill(PATTERN, pointer, top + MARGIN);
    return pointer;
  };
  return {
    name,
    kernels,
    reset() {
      top = Number(kernels.heapBase.value);
      view().fill(PATTERN, top);
    },
    alloc,
    place(data) {
      const pointer = alloc(data.byteLength);
      view().set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pointer);
      return pointer;
    },
    floats: (pointer, length) => new Float32Array(bytes(pointer, 4 * length).buffer),
    bytes,
    writesOnly(allowed, call, end = top + MARGIN) {
      const before = bytes(0, end);
      call();
      const after = bytes(0, end);
      for (const [pointer, size] of allowed) after.set(before.subarray(pointer, pointer + size), pointer);
      const changed = after.findIndex((byte, i) => byte !== before[i]);
      if (changed >= 0) throw new Error(`${name}: a byte outside the output was written, at ${changed}`);
    },
  };
}
