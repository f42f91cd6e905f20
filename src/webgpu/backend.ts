import type { Backend, MapOps, RowOps } from '../backend.ts';
import type { DeviceErrors } from './device.ts';
import type { GpuKinds } from './kinds.ts';
import { gpuMapOps } from './mapOps.ts';
import type { Recorder } from './recorder.ts';
import { gpuRowOps } from './rowOps.ts';
import { GpuStore } from './store.ts';

/** The {@link Backend} on WebGPU: all tensors in one buffer, a kernel call an op, nothing waits before a tensor is read. */
export type GpuBackend = GpuStore & RowOps<GpuKinds> & MapOps<GpuKinds> & Backend<GpuKinds>;

export function gpuBackend(device: GPUDevice, errors: DeviceErrors, recorder?: Recorder): GpuBackend {
  const store = new GpuStore(device, errors, recorder);
  return Object.assign(store, gpuRowOps(store.recorder), gpuMapOps(store), { name: 'webgpu' });
}
