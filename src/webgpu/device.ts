import { BeitError, check } from '../errors.ts';

/** The limits that weights and activations run against; the others are enough as every device has them. */
const LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize'] as const;

/** A device with as much memory in one piece as its adapter grants. @throws `UnsupportedRuntime` */
export async function requestDevice(gpu: GPU | undefined = globalThis.navigator?.gpu): Promise<GPUDevice> {
  check(gpu, 'UnsupportedRuntime', "Cannot run on device 'webgpu': there is no WebGPU here");
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    check(adapter, 'UnsupportedRuntime', "Cannot run on device 'webgpu': there is no GPU that WebGPU can use");
    const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
    return await adapter.requestDevice({ requiredLimits });
  } catch (cause) {
    if (cause instanceof BeitError) throw cause;
    throw new BeitError('UnsupportedRuntime', `Cannot run on device 'webgpu': ${(cause as Error).message}`, { cause });
  }
}

/** How the adapter calls itself. */
export function adapterName({ adapterInfo: info }: GPUDevice): string {
  return info?.description || [info?.vendor, info?.architecture].filter(Boolean).join(' ') || 'unknown adapter';
}

/** What went wrong on a device since it was opened: errors come to it when they like, and are thrown when it is asked. */
export class Faults {
  readonly #device: GPUDevice;
  #disposed = false;
  #first: BeitError | null = null;
  /** Rejects when the device is lost; what waits for the device races against it. */
  readonly lost: Promise<never>;

  constructor(device: GPUDevice) {
    this.#device = device;
    device.addEventListener('uncapturederror', ({ error }) => this.add(error));
    this.lost = device.lost.then(({ message, reason }) => {
      const code = this.#disposed ? 'Disposed' : 'DeviceLost';
      throw this.#keep(new BeitError(code, `The GPU is lost: ${message || reason || 'no reason given'}`));
    });
    this.lost.catch(() => {});
  }

  add(error: GPUError): void {
    const code = error.constructor.name === 'GPUOutOfMemoryError' ? 'OutOfMemory' : 'DeviceLost';
    this.#keep(new BeitError(code, `The GPU failed: ${error.message}`));
  }

  /** @throws what happened first */
  check(): void {
    if (this.#first) throw this.#first;
  }

  dispose(): void {
    this.#disposed = true;
    this.#device.destroy();
  }

  #keep(error: BeitError): BeitError {
    this.#first ??= error;
    return error;
  }
}
