import { BeitError } from '../errors.ts';
import type { DeviceErrors } from './device.ts';
import { MAP_READ_MODE, USAGE } from './flags.ts';
import type { Recorder } from './recorder.ts';

/** Written bytes that wait for a submit at most: until one comes, wgpu keeps a second copy of all of them. */
const WAITING = 1 << 24;

/** The way of bytes into buffers and out of them. */
export class Transfer {
  readonly #device: GPUDevice;
  readonly #errors: DeviceErrors;
  readonly #recorder: Recorder;
  #waiting = 0;

  constructor(device: GPUDevice, errors: DeviceErrors, recorder: Recorder) {
    this.#device = device;
    this.#errors = errors;
    this.#recorder = recorder;
  }

  /** Behind all calls that were made before. */
  put(buffer: GPUBuffer, at: number, data: Uint8Array | Float32Array): void {
    this.#recorder.submit();
    this.#device.queue.writeBuffer(buffer, at, data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    this.#waiting += data.byteLength;
    if (this.#waiting < WAITING) return;
    this.#waiting = 0;
    this.#device.queue.submit([]);
  }

  /** A copy, once all calls that were made before are done. @throws `OutOfMemory`, `DeviceLost`, `Disposed` */
  async fetch(from: GPUBuffer, at: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
    const { buffer, mapped, refusal } = this.#copied(from, at, size);
    try {
      const refused = await this.#errors.orLost(refusal);
      if (refused) throw new BeitError('OutOfMemory', `${CANNOT_READ}: ${size} bytes needed: ${refused.message}`);
      await this.#errors.orLost(mapped);
      this.#errors.check();
      return new Uint8Array(buffer.getMappedRange().slice(0));
    } catch (cause) {
      this.#errors.check();
      if (cause instanceof BeitError) throw cause;
      throw new BeitError('DeviceLost', `${CANNOT_READ}: ${(cause as Error).message}`, { cause });
    } finally {
      buffer.destroy();
    }
  }

  #copied(from: GPUBuffer, at: number, size: number) {
    let buffer!: GPUBuffer;
    let mapped!: Promise<void>;
    const refusal = this.#errors.refusal(() => {
      buffer = this.#device.createBuffer({ size, usage: USAGE.COPY_DST | USAGE.MAP_READ });
      this.#recorder.submit((encoder) => encoder.copyBufferToBuffer(from, at, buffer, 0, size));
      mapped = buffer.mapAsync(MAP_READ_MODE);
      mapped.catch(() => {}); // the error of the allocation is reported before this one
    });
    return { buffer, mapped, refusal };
  }
}

const CANNOT_READ = 'Cannot read from the GPU';
