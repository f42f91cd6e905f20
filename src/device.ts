/** `relaxed` has the integer dot product of relaxed SIMD; both give the same bits. */
export type CoreVariant = 'strict' | 'relaxed';

/** What a model can run on. */
export const DEVICES = ['wasm', 'webgpu'] as const;
/** One of {@link DEVICES}: the WebAssembly core, or the GPU. */
export type Device = (typeof DEVICES)[number];

/** How f32 products are rounded on the core. */
export const ARITHMETICS = ['strict', 'fused'] as const;
/** One of {@link ARITHMETICS}, or products in f16 on a GPU. */
export type Arithmetic = (typeof ARITHMETICS)[number] | 'f16';

/** How the engine is chosen; results never depend on `simd` and `threads`. */
export interface EngineOptions {
  /**
   * `'wasm'`, the default, is the core: the same bits everywhere. `'webgpu'` is the GPU of a browser or of Deno: results
   * within rounding of those of the core, and others on other GPUs. Layers of q8 and q4 compute in exact integers there too,
   * attention in f32.
   */
  readonly device?: Device | undefined;
  /**
   * `'strict'`, the default, rounds every f32 product and every sum: the same bits on every machine. `'fused'` rounds a sum with
   * its product once, in all kernels: another result, as accurate, and the same on every machine that can; up to twice as fast in
   * f32. It is never chosen unless it is named, and rejected with `UnsupportedRuntime` where the processor or the engine rounds
   * twice (x64 without FMA3, JavaScriptCore on x64). `'f16'` is for `device: 'webgpu'`: linear layers and convolutions multiply in f16 and sum
   * up in f32, rejected with `UnsupportedRuntime` where the GPU has no `shader-f16`.
   */
  readonly arithmetic?: Arithmetic | undefined;
  /** Which core. Default `'auto'`: the faster one that computes exactly here. */
  readonly simd?: 'auto' | CoreVariant | undefined;
  /**
   * Whether V8 may join two vectors of 128 bits to one of 256: the same bits, on Zen 4 f32 1.2 times and q8 1.6 times as fast; with
   * `arithmetic: 'fused'` too. It is an experiment of V8 that holds for the whole process, so it has to be asked for; ask for it with
   * the first model. Node 24 on x64 alone: else it is rejected with `UnsupportedRuntime`, as it is where the kernels then compute
   * other numbers. Default false.
   */
  readonly wideVectors?: boolean | undefined;
  /** Default `'auto'`: as many as the machine has cores, at most 8. */
  readonly threads?: 'auto' | number | undefined;
}

/** What an engine runs on. */
export interface EngineInfo {
  readonly device: Device;
  /** The GPU as its driver names it; empty on the core. */
  readonly adapter: string;
  readonly simd: CoreVariant;
  /** How f32 products are rounded; on a GPU as its driver likes (`device`), or products in f16. */
  readonly arithmetic: Arithmetic | 'device';
  /** Why not `relaxed`; empty when it is. */
  readonly simdReason: string;
  readonly threads: number;
  /** What keeps the threads from being more. */
  readonly threadsReason: string;
  readonly sharedMemory: boolean;
}
