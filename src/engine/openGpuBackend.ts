import { platform } from '#platform';
import type { Backend, Kinds } from '../backend.ts';
import { ARITHMETICS, type EngineInfo } from '../device.ts';
import { isQuantizedDtype } from '../dtype.ts';
import { check, checkChoice } from '../errors.ts';
import { quoted } from '../quoted.ts';
import { chooseSimd } from '../wasm/chooseCore.ts';
import type { CoreOptions, SharedCore } from '../wasm/engine.ts';
import { corePlatform } from './coreSource.ts';

/** What a model runs on, opened for it alone. */
export interface OpenBackend {
  readonly backend: Backend<Kinds>;
  /** Resolves when it can compute. @throws `WorkerFailed`, `OutOfMemory`, `DeviceLost` */
  ready(): Promise<void>;
  info(): EngineInfo;
  /** For more engines over the same memory; null on a GPU. */
  shared(): SharedCore | null;
}

/** Pictures are resized by the core all the same. */
export async function openGpuBackend({
  simd = 'auto',
  threads = 'auto',
  arithmetic,
  wideVectors,
  workers,
  dtype,
}: CoreOptions): Promise<OpenBackend> {
  check(workers === undefined, 'InvalidArgument', () => {
    return `Invalid workers: device 'webgpu' has none, got ${quoted(workers)}`;
  });
  checkChoice('arithmetic', arithmetic, [...ARITHMETICS, 'f16']);
  check(
    arithmetic !== 'fused',
    'InvalidArgument',
    "Invalid arithmetic: the rounding of device 'webgpu' is its own, got 'fused'",
  );
  check(!wideVectors, 'InvalidArgument', "Invalid wideVectors: device 'webgpu' has vectors of its own, got true");
  check(simd === 'auto' && threads === 'auto', 'InvalidArgument', () => {
    return `Invalid simd or threads: device 'webgpu' has neither, got ${quoted(simd)} and ${quoted(threads)}`;
  });
  check(platform.webgpu, 'UnsupportedRuntime', "Cannot run on device 'webgpu': there is no WebGPU here");
  const core = chooseSimd(corePlatform(), 'auto'); // before the device is opened: an error here would leave it open
  const { openGpu } = await platform.webgpu(); // most models run on the core
  const quantizer = isQuantizedDtype(dtype) ? await (await import('./openQuantizer.ts')).openQuantizer(dtype) : null;
  const { backend, info } = await openGpu({ half: arithmetic === 'f16', quantizer });
  return {
    backend: backend as unknown as Backend<Kinds>,
    ready: () => backend.ready(),
    info: () => ({ ...core, ...info }),
    shared: () => null,
  };
}
