import { BeitError, check } from '../errors.ts';
import type { DeviceErrors } from './device.ts';
import { USAGE } from './flags.ts';
import type { GpuParameter, GpuTensor } from './kinds.ts';
import { Recorder } from './recorder.ts';
import { Transfer } from './transfer.ts';

/** Tensors begin on multiples of it. Unit: elements. */
const GRAIN = 16;
/** Rows that a layer of integers quantizes at a time, at most: the scratch buffer has room for so many. */
const SCRATCH_ROWS = 2048;

/** Where rows of x are quantized to. Unit of `at`: elements. */
export interface RowScratch {
  readonly at: number;
  readonly rows: number;
}

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
  /** Where tensors begin, and how many rows they have. */
  #tensors: { readonly at: number; readonly rows: number }[] = [];
  /** Elements that a quantized row of x takes at most; 0 without layers of integers. */
  #quantizedRow = 0;
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
    this.#tensors.push({ at, rows });
    return { at, rows, cols, stride: cols };
  }

  get allocated(): number {
    return this.reserved;
  }

  /** Kernels work in shared memory alone, except that layers of integers quantize rows of x into a scratch buffer. */
  get reserved(): number {
    return this.#parameters.reduce(
      (sum, { weightBytes, vectorBytes }) => sum + weightBytes + vectorBytes,
      this.#arenaBytes,
    );
  }

  /** Behind all tensors. */
  get scratch(): RowScratch {
    const most = this.#tensors.reduce((largest, { rows }) => Math.max(largest, rows), 0);
    return { at: this.#top, rows: Math.min(most, SCRATCH_ROWS) };
  }

  get #arenaBytes(): number {
    return 4 * (this.#top + this.scratch.rows * this.#quantizedRow);
  }

  get committed(): number {
    return this.#committed;
  }

  /** @throws `OutOfMemory` for what no buffer of this device can hold; what its memory cannot is thrown by `ready` */
  commit(): void {
    const most = Math.min(this.#device.limits.maxBufferSize, this.#device.limits.maxStorageBufferBindingSize);
    const largest = Math.max(this.#arenaBytes, ...this.#parameters.map(({ weightBytes }) => weightBytes));
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
    this.#tensors = this.#tensors.filter(({ at }) => at < mark);
  }

  /** Room for quantized rows of so many elements. */
  protected reserveScratch(elements: number): void {
    this.#quantizedRow = Math.max(this.#quantizedRow, elements);
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
    const size = Math.max(4 * GRAIN, this.#arenaBytes);
    if (this.#arena && this.#arena.size >= size) return;
    this.recorder.submit();
    this.#arena?.destroy();
    const { STORAGE, COPY_DST, COPY_SRC } = USAGE;
    this.#arena = this.#device.createBuffer({ size, usage: STORAGE | COPY_DST | COPY_SRC });
    this.recorder.useArena(this.#arena);
  }
}
