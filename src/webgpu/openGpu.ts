import type { Quantizer } from '../backend.ts';
import type { EngineInfo } from '../device.ts';
import { type GpuBackend, gpuBackend } from './backend.ts';
import { adapterName, DeviceErrors, requestDevice } from './device.ts';
import { Recorder } from './recorder.ts';

/** A device of its own for one model, and what its threads are: none. */
export interface OpenGpu {
  readonly backend: GpuBackend;
  readonly info: Pick<EngineInfo, 'device' | 'adapter' | 'arithmetic' | 'threads' | 'threadsReason' | 'sharedMemory'>;
}

/** How a model computes on a GPU. */
export interface OpenGpuOptions {
  /** Whether products of numbers are computed in f16. Default false. */
  readonly half?: boolean;
  /** For layers of integers whose weights come as numbers. */
  readonly quantizer?: Quantizer | null;
  /** Default: that of this runtime. */
  readonly gpu?: GPU;
}

/** @throws `UnsupportedRuntime` where there is no GPU that WebGPU can use, or none that computes in f16 if `half` */
export async function openGpu({ half = false, quantizer = null, gpu }: OpenGpuOptions = {}): Promise<OpenGpu> {
  const device = await requestDevice(gpu, half);
  const adapter = adapterName(device);
  return {
    backend: gpuBackend(device, new DeviceErrors(device), { recorder: new Recorder(device, { half }), quantizer }),
    info: {
      device: 'webgpu',
      adapter,
      arithmetic: half ? 'f16' : 'device',
      threads: 1,
      threadsReason: 'the model runs on the GPU',
      sharedMemory: false,
    },
  };
}
