import type { Backend, MapOps, RowOps } from '../backend.ts';
import type { DeviceErrors } from './device.ts';
import type { GpuKinds } from './kinds.ts';
import { gpuMapOps } from './mapOps.ts';
import { gpuRowOps } from './rowOps.ts';
import { type GpuOptions, GpuStore } from './store.ts';

/** The {@link Backend} on WebGPU: all tensors in one buffer, a kernel call an op, nothing waits before a tensor is read. */
export type GpuBackend = GpuStore & RowOps<GpuKinds> & MapOps<GpuKinds> & Backend<GpuKinds>;

export function gpuBackend(device: GPUDevice, errors: DeviceErrors, options?: GpuOptions): GpuBackend {
  const store = new GpuStore(device, errors, options);
  return Object.assign(store, gpuRowOps(store), gpuMapOps(store), { name: 'webgpu' });
}
