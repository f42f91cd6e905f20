import type { Backend, Kinds } from '../backend.ts';
import { DEVICES } from '../device.ts';
import { checkChoice } from '../errors.ts';
import { wasmBackend } from '../wasm/backend.ts';
import type { CoreOptions } from '../wasm/engine.ts';
import { openCore } from './openCore.ts';
import type { OpenBackend } from './openGpuBackend.ts';

/** @throws `InvalidArgument`, `OutOfMemory`, `UnsupportedRuntime` */
export async function openBackend(options: CoreOptions): Promise<OpenBackend> {
  checkChoice('device', options.device, DEVICES);
  if (options.device === 'webgpu') return (await import('./openGpuBackend.ts')).openGpuBackend(options);
  // engines over one memory share what the first of them has checked
  const widens = options.wideVectors && !options.seat?.core;
  const chosen = widens ? await (await import('./wideVectors.ts')).widenVectors(options) : options;
  const { kernels, memory, dispatch, info, shared } = await openCore(chosen);
  const backend = wasmBackend(kernels, memory, dispatch) as unknown as Backend<Kinds>;
  return { backend, ready: () => dispatch.ready(), info, shared };
}
