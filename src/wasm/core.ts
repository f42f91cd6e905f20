import { BeitError, reason } from '../errors.ts';
import type { Kernels } from './kernels.ts';

/** The builds of the core: with or without relaxed SIMD, or with fused arithmetic; with memory of its own or shared between threads. */
export type CoreFile =
  | 'core.strict.wasm'
  | 'core.relaxed.wasm'
  | 'core.strict.threads.wasm'
  | 'core.relaxed.threads.wasm'
  | 'core.fused.wasm'
  | 'core.fused.threads.wasm';

/** All modules that are published: the core, and the decoder of WebP. */
export type WasmFile = CoreFile | DecoderFile;

/** The modules that decode pictures: JPEG and PNG, WebP. */
export type DecoderFile = 'core.picture.wasm' | 'core.webp.wasm';

/** Whether a build imports its memory, as those do that share it between threads. */
export function importsMemory(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).length > 0;
}

/** A module of one function that uses i32x4.relaxed_dot_i8x16_i7x16_add_s. */
const RELAXED_PROBE = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00], // type: () → ()
  ...[0x03, 0x02, 0x01, 0x00], // one function of it
  ...[0x0a, 0x14, 0x01, 0x12, 0x00], // its code, no locals
  ...[0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f], // three vectors of zeros
  ...[0xfd, 0x93, 0x02, 0x1a, 0x0b], // relaxed dot, drop, end
]);

/** A module of one function that uses i8x16.splat. */
const SIMD_PROBE = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x09, 0x01, 0x07, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x1a, 0x0b],
]);

export const hasRelaxedSimd = (): boolean => WebAssembly.validate(RELAXED_PROBE);
export const hasSimd = (): boolean => WebAssembly.validate(SIMD_PROBE);

/** A core of its own memory. The module has no imports. @throws `OutOfMemory` when there is no address space for it */
export function instantiate<K = Kernels>(module: WebAssembly.Module): K {
  try {
    return new WebAssembly.Instance(module).exports as unknown as K;
  } catch (cause) {
    throw new BeitError('OutOfMemory', `Cannot create the memory of the engine: ${reason(cause)}`, { cause });
  }
}

/** A core over the memory that its threads share; that memory is all the module imports. */
export function instantiateShared(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

/** 64 KiB pages. 4 GiB is all that 32-bit addresses reach; where address space is scarce, less is asked for. */
const MAXIMA = [65536, 32768, 16384, 8192];

/**
 * A memory for several threads. The maximum is address space that the engine sets aside at once, not memory.
 *
 * @throws `OutOfMemory` when not even 512 MiB of address space are granted.
 */
export function sharedMemory(create = newSharedMemory): WebAssembly.Memory {
  let cause: unknown;
  for (const maximum of MAXIMA) {
    try {
      return create(maximum);
    } catch (error) {
      cause = error;
    }
  }
  const least = MAXIMA[MAXIMA.length - 1] * 65536;
  const message = `Cannot create the memory of the engine: ${least} bytes of address space needed, fewer available`;
  throw new BeitError('OutOfMemory', message, { cause });
}

function newSharedMemory(maximum: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
}
