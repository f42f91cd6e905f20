import { startModelWorker } from '#modelWorker';
import { platform } from '#platform';
import type { Arithmetic, CoreVariant, Device, EngineInfo } from './device.ts';
import { corePlatform } from './engine/coreSource.ts';
import { check } from './errors.ts';
import type { PretrainedModel } from './pretrained/pretrainedModel.ts';
import { chooseSimd, coreFile } from './wasm/chooseCore.ts';
import { hasRelaxedSimd, hasSimd } from './wasm/core.ts';
import { chooseThreads } from './wasm/threads/chooseThreads.ts';

/** Put in by the build. */
declare const BEIT_BUILD: { readonly version: string; readonly cores: Readonly<Record<string, string>> } | undefined;

/** Where the library runs and what it makes of it. */
export interface RuntimeInfo {
  readonly runtime: 'node' | 'deno' | 'bun' | 'web' | 'workerd' | 'edge-light';
  /** Of the runtime, as it states it. */
  readonly runtimeVersion: string;
  /** Of this library. */
  readonly version: string;
  /** What `model` runs on; models run on the core unless told otherwise. */
  readonly device: Device;
  /** The GPU as its driver names it; empty on the core. */
  readonly adapter: string;
  /** Which core runs, of a model on the GPU that which resizes its pictures; null without WebAssembly SIMD, where nothing does. */
  readonly simd: CoreVariant | null;
  /** How f32 products are rounded: `strict` unless a model was told otherwise; on a GPU as its driver likes (`device`), or products in `f16`. */
  readonly arithmetic: Arithmetic | 'device';
  /** Why not `relaxed`; empty when it is. */
  readonly simdReason: string;
  readonly relaxedSimd: boolean;
  readonly threads: number;
  /** What keeps the threads from being more. */
  readonly threadsReason: string;
  /** Logical processors. */
  readonly cores: number;
  /** Whether memory can be shared between threads here. */
  readonly sharedMemory: boolean;
  /** Of a page; null where there is no such thing. */
  readonly crossOriginIsolated: boolean | null;
  /** File and SHA-256, in hexadecimal, of the core that runs. */
  readonly wasm: string;
  readonly wasmSha256: string;
  /** Bytes of linear memory of `model`, or of the GPU's; null without one. */
  readonly memory: number | null;
}

/**
 * What the automatic choices are here, or what `model` runs on. In a page, threads are those of the worker in which
 * models live by default.
 *
 * @param model whose engine is asked for. Default: what a model would get here
 * @returns runtime, device, core and threads, with the reasons for what is not faster
 * @throws `InvalidArgument` for anything but a model; `Disposed`
 * @example
 * const { simd, threads, threadsReason } = runtimeInfo();
 */
export function runtimeInfo(model?: Pick<PretrainedModel, 'engine' | 'memory'>): RuntimeInfo {
  check(
    !model || model.engine,
    'InvalidArgument',
    () => `Cannot tell what runs: expected a model, got ${typeof model}`,
  );
  const engine = model ? model.engine : automatic();
  const wasm = engine.simd ? coreFile(engine.simd, engine.threads, engine.arithmetic) : '';
  const { version, cores } = build();
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated;
  return {
    runtime: platform.name,
    runtimeVersion: platform.version,
    version,
    device: engine.device,
    adapter: engine.adapter,
    simd: engine.simd,
    arithmetic: engine.arithmetic,
    simdReason: engine.simdReason,
    relaxedSimd: hasRelaxedSimd(),
    threads: engine.threads,
    threadsReason: engine.threadsReason,
    cores: platform.threads.cores,
    sharedMemory: typeof SharedArrayBuffer !== 'undefined' && isolated !== false,
    crossOriginIsolated: isolated ?? null,
    wasm,
    wasmSha256: cores[wasm] ?? '',
    memory: model?.memory ?? null,
  };
}

const CORE = { device: 'wasm', adapter: '', arithmetic: 'strict' } as const;

type Choice = Omit<EngineInfo, 'simd' | 'sharedMemory'> & { readonly simd: CoreVariant | null };

function automatic(): Choice {
  if (!hasSimd()) {
    const none = 'this runtime has no WebAssembly SIMD';
    return { ...CORE, simd: null, simdReason: none, threads: 0, threadsReason: none };
  }
  // models live in a worker, which may block, or on this thread
  const waits = (platform.workerByDefault && startModelWorker !== null) || undefined;
  const core = corePlatform();
  return { ...CORE, ...chooseSimd(core, 'auto'), ...chooseThreads('auto', core.threads, waits) };
}

function build(): NonNullable<typeof BEIT_BUILD> {
  return typeof BEIT_BUILD === 'undefined' ? { version: 'unbuilt', cores: {} } : BEIT_BUILD;
}
