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
  const { kernels, memory, dispatch, info, shared } = await openCore(options);
  const backend = wasmBackend(kernels, memory, dispatch) as unknown as Backend<Kinds>;
  return { backend, ready: () => dispatch.ready(), info, shared };
}
