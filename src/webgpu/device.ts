import { BeitError, check } from '../errors.ts';

/** The limits that weights and activations run against; the others are enough as every device has them. */
const LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize'] as const;
/** The feature of WebGPU for arithmetic in f16. */
const HALF = 'shader-f16';

/**
 * A device with as much memory in one piece as its adapter grants; one that computes in f16 if `half`.
 *
 * @throws `UnsupportedRuntime`
 */
export async function requestDevice(
  gpu: GPU | undefined = globalThis.navigator?.gpu,
  half = false,
): Promise<GPUDevice> {
  check(gpu, 'UnsupportedRuntime', "Cannot run on device 'webgpu': there is no WebGPU here");
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    check(adapter, 'UnsupportedRuntime', "Cannot run on device 'webgpu': there is no GPU that WebGPU can use");
    check(!half || adapter.features.has(HALF), 'UnsupportedRuntime', () => {
      return `Cannot compute with arithmetic 'f16': this GPU has no ${HALF}`;
    });
    const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
    return await adapter.requestDevice({ requiredLimits, ...(half && { requiredFeatures: [HALF] }) });
  } catch (cause) {
    if (cause instanceof BeitError) throw cause;
    throw new BeitError('UnsupportedRuntime', `Cannot run on device 'webgpu': ${(cause as Error).message}`, { cause });
  }
}

/** How the adapter calls itself. */
export function adapterName({ adapterInfo: info }: GPUDevice): string {
  return info?.description || [info?.vendor, info?.architecture].filter(Boolean).join(' ') || 'unknown adapter';
}

/** The errors of a device since it was opened. They are reported at any time, and thrown by the next {@link DeviceErrors.check}. */
export class DeviceErrors {
  readonly #device: GPUDevice;
  readonly #waiting = new Set<(error: BeitError) => void>();
  #first: BeitError | null = null;
  #lost = false;

  constructor(device: GPUDevice) {
    this.#device = device;
    device.addEventListener('uncapturederror', ({ error }) => this.add(error));
    device.lost.then(({ message, reason }) => {
      this.#lost = true;
      const error = this.#keep(
        new BeitError('DeviceLost', `The GPU is lost: ${message || reason || 'no reason given'}`),
      );
      for (const reject of this.#waiting) reject(error);
    });
  }

  add(error: GPUError): void {
    const code = error.constructor.name === 'GPUOutOfMemoryError' ? 'OutOfMemory' : 'DeviceLost';
    this.#keep(new BeitError(code, `The GPU failed: ${error.message}`));
  }

  /** @throws what happened first */
  check(): void {
    if (this.#first) throw this.#first;
  }

  /** What `work` gives, or the first error once the device is lost. A race with its end would keep every racer until then. */
  orLost<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost) reject(this.#first);
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** The error of memory that is taken in `reserve`, or null. A call that fails for lack of that memory is not counted as an error. */
  async refusal(reserve: () => void): Promise<GPUError | null> {
    const device = this.#device;
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
    reserve();
    // some devices reject this once they are lost
    const found = [device.popErrorScope(), device.popErrorScope()].map((scope) => scope.catch(() => null));
    const [memory, validation] = await Promise.all(found);
    if (validation && !memory) this.add(validation);
    return memory;
  }

  dispose(): void {
    this.#keep(new BeitError('Disposed', 'The GPU is lost: the model was disposed of'));
    this.#device.destroy();
  }

  #keep(error: BeitError): BeitError {
    this.#first ??= error;
    return this.#first;
  }
}
