import type { EngineInfo } from '../device.ts';
import { type GpuBackend, gpuBackend } from './backend.ts';
import { adapterName, DeviceErrors, requestDevice } from './device.ts';

/** A device of its own for one model, and what its threads are: none. */
export interface OpenGpu {
  readonly backend: GpuBackend;
  readonly info: Pick<EngineInfo, 'device' | 'adapter' | 'arithmetic' | 'threads' | 'threadsReason' | 'sharedMemory'>;
}

/** @throws `UnsupportedRuntime` where there is no GPU that WebGPU can use */
export async function openGpu(gpu?: GPU): Promise<OpenGpu> {
  const device = await requestDevice(gpu);
  const adapter = adapterName(device);
  return {
    backend: gpuBackend(device, new DeviceErrors(device)),
    info: {
      device: 'webgpu',
      adapter,
      arithmetic: 'device',
      threads: 1,
      threadsReason: 'the model runs on the GPU',
      sharedMemory: false,
    },
  };
}
