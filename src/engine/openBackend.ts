import { platform } from '#platform';
import type { Backend, Kinds } from '../backend.ts';
import { DEVICES, type EngineInfo, type EngineOptions } from '../device.ts';
import { check, checkChoice } from '../errors.ts';
import { quoted } from '../quoted.ts';
import { wasmBackend } from '../wasm/backend.ts';
import { chooseSimd } from '../wasm/chooseCore.ts';
import type { CoreOptions } from '../wasm/engine.ts';
import { corePlatform } from './coreSource.ts';
import { openCore } from './openCore.ts';

/** What a model runs on, opened for it alone. */
export interface OpenBackend {
  readonly backend: Backend<Kinds>;
  /** Resolves when it can compute. @throws `WorkerFailed`, `OutOfMemory`, `DeviceLost` */
  ready(): Promise<void>;
  info(): EngineInfo;
}

/** @throws `InvalidArgument`, `OutOfMemory`, `UnsupportedRuntime` */
export async function openBackend(options: CoreOptions): Promise<OpenBackend> {
  checkChoice('device', options.device, DEVICES);
  if (options.device === 'webgpu') return openGpuBackend(options);
  const { kernels, memory, dispatch, info } = await openCore(options);
  const backend = wasmBackend(kernels, memory, dispatch) as unknown as Backend<Kinds>;
  return { backend, ready: () => dispatch.ready(), info };
}

/** Pictures are resized by the core all the same. */
async function openGpuBackend({ simd = 'auto', threads = 'auto', arithmetic }: EngineOptions): Promise<OpenBackend> {
  check(
    arithmetic !== 'fused',
    'InvalidArgument',
    "Invalid arithmetic: device 'webgpu' rounds as it likes, got 'fused'",
  );
  check(simd === 'auto' && threads === 'auto', 'InvalidArgument', () => {
    return `Invalid simd or threads: device 'webgpu' has neither, got ${quoted(simd)} and ${quoted(threads)}`;
  });
  check(platform.webgpu, 'UnsupportedRuntime', "Cannot run on device 'webgpu': there is no WebGPU here");
  const core = chooseSimd(corePlatform(), 'auto'); // before the device is opened: an error here would leave it open
  const { openGpu } = await platform.webgpu(); // most models run on the core
  const { backend, info } = await openGpu();
  return {
    backend: backend as unknown as Backend<Kinds>,
    ready: () => backend.ready(),
    info: () => ({ ...core, ...info }),
  };
}
