import { DeviceErrors } from '../../../src/webgpu/device.ts';

/** A call as a device got it. */
export interface FakeCall {
  readonly shader: string;
  /** The bytes of `p`, as u32. */
  readonly numbers: Uint32Array;
  readonly groups: readonly number[];
}

interface FakeBuffer {
  readonly size: number;
  readonly bytes: Uint8Array;
  /** Whether its memory was granted. */
  readonly valid: boolean;
  destroyed: boolean;
  mapAsync(): Promise<void>;
  getMappedRange(): ArrayBuffer;
  destroy(): void;
}

type Binding = { resource: { buffer: FakeBuffer } };
type ErrorKind = 'out-of-memory' | 'validation';

/** A GPUDevice as far as the host sees one: buffers that hold bytes, copies in order, and a list of calls instead of results. */
export class FakeDevice extends EventTarget {
  readonly limits = {
    maxBufferSize: 1 << 20,
    maxStorageBufferBindingSize: 1 << 20,
    maxComputeWorkgroupsPerDimension: 65535,
  };
  readonly features = new Set<string>();
  readonly adapterInfo = { vendor: 'fake', architecture: 'none', description: '' };
  readonly calls: FakeCall[] = [];
  readonly buffers: FakeBuffer[] = [];
  /** How often work was handed over. */
  submits = 0;
  /** Why buffers get no memory, as long as they get none. */
  refusal: { message: string } | null = null;
  readonly #scopes: { readonly kind: ErrorKind; error: { message: string } | null }[] = [];
  lose!: (info: { reason: string; message: string }) => void;
  readonly lost = new Promise((resolve) => {
    this.lose = resolve;
  });

  createBuffer({ size }: { size: number }): FakeBuffer {
    const bytes = new Uint8Array(size);
    if (this.refusal) this.#fail('out-of-memory', this.refusal);
    const buffer: FakeBuffer = {
      size,
      bytes,
      valid: !this.refusal,
      destroyed: false,
      mapAsync: async () => this.#mustBeValid([buffer]),
      getMappedRange: () => bytes.buffer,
      destroy: () => {
        buffer.destroyed = true;
      },
    };
    this.buffers.push(buffer);
    return buffer;
  }

  createBindGroupLayout = () => ({});
  createPipelineLayout = () => ({});
  createBindGroup = ({ entries }: { entries: Binding[] }) => {
    const buffers = entries.map(({ resource }) => resource.buffer);
    this.#mustBeValid(buffers);
    return buffers;
  };
  createShaderModule = ({ code }: { code: string }) => code;
  createComputePipeline = ({ compute }: { compute: { module: string } }) => compute.module;
  createComputePipelineAsync = async (descriptor: { compute: { module: string } }) => descriptor.compute.module;
  pushErrorScope = (kind: ErrorKind) => this.#scopes.push({ kind, error: null });
  popErrorScope = async () => this.#scopes.pop()!.error;
  destroy = () => this.lose({ reason: 'destroyed', message: 'destroyed' });

  readonly queue = {
    writeBuffer: (buffer: FakeBuffer, at: number, data: ArrayBuffer | Uint32Array, offset: number, size: number) => {
      const words = ArrayBuffer.isView(data);
      const bytes = words ? new Uint8Array(data.buffer, 4 * offset, 4 * size) : new Uint8Array(data, offset, size);
      if (at % 4 !== 0 || bytes.length % 4 !== 0) throw new Error('whole words can be written at whole words');
      buffer.bytes.set(bytes, at);
    },
    submit: (work: (() => void)[][]) => {
      this.submits++;
      for (const steps of work) for (const step of steps) step();
    },
  };

  createCommandEncoder() {
    const steps: (() => void)[] = [];
    const copyBufferToBuffer = (from: FakeBuffer, at: number, to: FakeBuffer, toAt: number, size: number) =>
      steps.push(() => to.bytes.set(from.bytes.subarray(at, at + size), toAt));
    return { beginComputePass: () => this.#pass(steps), copyBufferToBuffer, finish: () => steps };
  }

  #mustBeValid(buffers: FakeBuffer[]): void {
    if (!buffers.every(({ valid }) => valid)) this.#fail('validation', { message: 'an invalid buffer' });
  }

  /** To the innermost scope that asks for such errors, or to whoever listens. */
  #fail(kind: ErrorKind, error: { message: string }): void {
    const scope = [...this.#scopes].reverse().find((each) => each.kind === kind);
    if (scope) scope.error ??= error;
    else this.dispatchEvent(Object.assign(new Event('uncapturederror'), { error }));
  }

  #pass(steps: (() => void)[]) {
    let shader = '';
    let numbers = () => new Uint32Array();
    return {
      setPipeline: (code: string) => {
        shader = code;
      },
      setBindGroup: (_: number, [, uniforms]: FakeBuffer[], offsets?: number[]) => {
        if (offsets) numbers = () => new Uint32Array(uniforms.bytes.slice(offsets[0], offsets[0] + 256).buffer);
      },
      dispatchWorkgroups: (...groups: number[]) => {
        const [code, found] = [shader, numbers];
        steps.push(() => this.calls.push({ shader: code, numbers: found(), groups }));
      },
      end: () => {},
    };
  }
}

/** A fake and what the library takes it for. */
export function fakeDevice(): { fake: FakeDevice; device: GPUDevice; errors: DeviceErrors } {
  const fake = new FakeDevice();
  const device = fake as unknown as GPUDevice;
  return { fake, device, errors: new DeviceErrors(device) };
}
