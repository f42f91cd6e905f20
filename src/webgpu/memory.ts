import { BeitError, check } from '../errors.ts';
import type { DeviceErrors } from './device.ts';
import { USAGE } from './flags.ts';
import type { GpuParameter, GpuTensor } from './kinds.ts';
import { Recorder } from './recorder.ts';
import { Transfer } from './transfer.ts';

/** Tensors begin on multiples of it. Unit: elements. */
const GRAIN = 16;

/** What a model has of a device: the buffers of its parameters, one arena for all tensors, and the way in and out of them. */
export class GpuMemory {
  readonly recorder: Recorder;
  readonly #device: GPUDevice;
  readonly #errors: DeviceErrors;
  readonly #transfer: Transfer;
  readonly #parameters: GpuParameter[] = [];
  #arena: GPUBuffer | null = null;
  /** Elements of the arena that are handed out. */
  #top = 0;
  #committed = 0;
  /** What the last `commit` met, once the device has said so. */
  #granted: Promise<unknown> = Promise.resolve();

  constructor(device: GPUDevice, errors: DeviceErrors, recorder = new Recorder(device)) {
    this.#device = device;
    this.#errors = errors;
    this.recorder = recorder;
    this.#transfer = new Transfer(device, errors, recorder);
  }

  alloc(rows: number, cols: number): GpuTensor {
    const at = this.#top;
    this.#top += Math.ceil((rows * cols) / GRAIN) * GRAIN;
    return { at, rows, cols, stride: cols };
  }

  get allocated(): number {
    return this.reserved;
  }

  /** Kernels work in shared memory alone. */
  get reserved(): number {
    return this.#parameters.reduce(
      (sum, { weightBytes, vectorBytes }) => sum + weightBytes + vectorBytes,
      4 * this.#top,
    );
  }

  get committed(): number {
    return this.#committed;
  }

  /** @throws `OutOfMemory` for what no buffer of this device can hold; what its memory cannot is thrown by `ready` */
  commit(): void {
    const most = Math.min(this.#device.limits.maxBufferSize, this.#device.limits.maxStorageBufferBindingSize);
    const largest = Math.max(4 * this.#top, ...this.#parameters.map(({ weightBytes }) => weightBytes));
    check(largest <= most, 'OutOfMemory', () => {
      return `Cannot keep the model on the GPU: one buffer of ${largest} bytes needed, ${most} bytes available`;
    });
    this.#committed = this.reserved;
    const refusal = this.#errors.refusal(() => {
      for (const parameter of this.#parameters) parameter.buffers ??= this.recorder.parameterBuffers(parameter);
      this.#growArena();
    });
    this.#granted = refusal.then((error) => error && this.#refuse(error));
    this.#granted.catch(() => {});
  }

  /** Compiles what `pass` calls, without running it; `ready` waits for it. */
  compile(pass: () => void): void {
    this.recorder.compile(pass);
  }

  /** Resolves when the device has what was committed, and what is compiled. @throws `OutOfMemory`, `DeviceLost` */
  async ready(): Promise<void> {
    await this.#errors.orLost(this.#granted);
    await this.#errors.orLost(this.recorder.compiled());
    this.#errors.check();
  }

  mark(): number {
    return this.#top;
  }

  reset(mark: number): void {
    this.#top = mark;
  }

  protected reserve<P extends GpuParameter>(parameter: P): P {
    this.#parameters.push(parameter);
    return parameter;
  }

  dispose(): void {
    this.#errors.dispose();
  }

  protected get arena(): GPUBuffer {
    return this.#arena!;
  }

  /** A copy of bytes of a buffer, once all calls that were made before are done. */
  protected async fetch(from: GPUBuffer, at: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
    const [bytes] = await Promise.all([this.#transfer.fetch(from, at, size), this.#errors.orLost(this.#granted)]);
    return bytes;
  }

  /** Behind all calls that were made before. */
  protected put(buffer: GPUBuffer, at: number, data: Uint8Array | Float32Array): void {
    this.#transfer.put(buffer, at, data);
  }

  /** Less may be planned after it. */
  #refuse({ message }: GPUError): never {
    this.#arena?.destroy();
    this.#arena = null;
    throw new BeitError('OutOfMemory', `Cannot keep the model on the GPU: ${this.#committed} bytes needed: ${message}`);
  }

  /** Its content is lost; the caller that reserved more writes it again. */
  #growArena(): void {
    const size = Math.max(4 * GRAIN, 4 * this.#top);
    if (this.#arena && this.#arena.size >= size) return;
    this.recorder.submit();
    this.#arena?.destroy();
    const { STORAGE, COPY_DST, COPY_SRC } = USAGE;
    this.#arena = this.#device.createBuffer({ size, usage: STORAGE | COPY_DST | COPY_SRC });
    this.recorder.useArena(this.#arena);
  }
}
