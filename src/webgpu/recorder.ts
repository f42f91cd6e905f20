import { COMPUTE_STAGE, USAGE } from './flags.ts';
import { type Kernel, shaderOf, WIDTH } from './kernel.ts';
import type { TileSize } from './kernels/tile.ts';
import type { GpuBuffers, GpuParameter } from './kinds.ts';

/** Offsets of uniform buffers are multiples of it on every device. Unit: bytes. */
const SLOT = 256;
/** Calls that are encoded before the device gets them. */
const CALLS = 64;

/** What decides which kernels run. */
export interface Forms {
  /** Whether products of numbers are computed in f16, for which the device has to have been opened. Default false. */
  readonly half?: boolean;
  /** Whether WGSL has a product of four bytes with four. Default: what this runtime says. */
  readonly packedDot?: boolean;
  /** Of all products. Default: by the size of the product. */
  readonly tileSize?: TileSize;
}

interface Call {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly groups: readonly [x: number, y: number, z: number];
}

/** Compiles kernels, collects their calls, and submits them in order. */
export class Recorder {
  readonly #device: GPUDevice;
  readonly #mostGroups: number;
  readonly #layouts: readonly [arena: GPUBindGroupLayout, parameter: GPUBindGroupLayout];
  readonly #layout: GPUPipelineLayout;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly forms: Forms;
  /** Kernels that are compiled ahead, by their names; while `#collected` is set, calls add theirs and do nothing else. */
  readonly #compiling = new Map<string, Promise<unknown>>();
  #collected: Map<string, Kernel> | null = null;
  readonly #uniforms: GPUBuffer;
  readonly #numbers = new Uint32Array((CALLS * SLOT) / 4);
  /** For kernels without parameters. */
  readonly #none: GpuBuffers;
  #arena: GPUBindGroup | null = null;
  #calls: Call[] = [];

  /** @param options `mostGroups`: workgroups along one dimension. Default: what the device takes, and has */
  constructor(device: GPUDevice, options: Forms & { readonly mostGroups?: number } = {}) {
    this.#device = device;
    const { mostGroups = device.limits.maxComputeWorkgroupsPerDimension, ...forms } = options;
    this.#mostGroups = mostGroups;
    this.forms = { packedDot: hasPackedDot(), ...forms };
    const binding = (at: number, buffer: GPUBufferBindingLayout): GPUBindGroupLayoutEntry => {
      return { binding: at, visibility: COMPUTE_STAGE, buffer };
    };
    this.#layouts = [
      device.createBindGroupLayout({
        entries: [binding(0, { type: 'storage' }), binding(1, { type: 'uniform', hasDynamicOffset: true })],
      }),
      device.createBindGroupLayout({
        entries: [binding(0, { type: 'read-only-storage' }), binding(1, { type: 'read-only-storage' })],
      }),
    ];
    this.#layout = device.createPipelineLayout({ bindGroupLayouts: [...this.#layouts] });
    this.#uniforms = device.createBuffer({ size: CALLS * SLOT, usage: USAGE.UNIFORM | USAGE.COPY_DST });
    this.#none = this.parameterBuffers({ weightBytes: 4, vectorBytes: 4 });
  }

  /** All tensors of the calls that follow. */
  useArena(buffer: GPUBuffer): void {
    const uniforms = { buffer: this.#uniforms, size: SLOT };
    this.#arena = this.#device.createBindGroup({
      layout: this.#layouts[0],
      entries: [
        { binding: 0, resource: { buffer } },
        { binding: 1, resource: uniforms },
      ],
    });
  }

  parameterBuffers({ weightBytes, vectorBytes }: Pick<GpuParameter, 'weightBytes' | 'vectorBytes'>): GpuBuffers {
    const usage = USAGE.STORAGE | USAGE.COPY_DST | USAGE.COPY_SRC;
    // a norm has no matrix, but a binding needs bytes
    const weights = this.#device.createBuffer({ size: Math.max(4, weightBytes), usage });
    const vectors = this.#device.createBuffer({ size: vectorBytes, usage });
    const entries = [weights, vectors].map((buffer, binding) => ({ binding, resource: { buffer } }));
    return { weights, vectors, group: this.#device.createBindGroup({ layout: this.#layouts[1], entries }) };
  }

  /**
   * One call: numbers as the kernel's fields name them, and how many workgroups along x and y. Kernels go on in steps of
   * the groups that there are along x; what is too much along y goes to z, where the last groups may have nothing to do.
   */
  run(kernel: Kernel, numbers: readonly number[], x: number, y = 1, parameter: GpuParameter | null = null): void {
    if (this.#collected) return void this.#collected.set(kernel.name, kernel);
    const { group } = parameter?.buffers ?? this.#none;
    this.#numbers.set(numbers, (this.#calls.length * SLOT) / 4);
    const z = Math.max(1, Math.ceil(y / this.#mostGroups));
    const groups = [Math.min(x, this.#mostGroups), Math.ceil(y / z), z] as const;
    this.#calls.push({ pipeline: this.#pipeline(kernel), group, groups });
    if (this.#calls.length === CALLS) this.submit();
  }

  /** A call of a kernel made by `each`, for `count` values. */
  each(kernel: Kernel, count: number, numbers: readonly number[]): void {
    if (count > 0) this.run(kernel, [count, ...numbers], Math.ceil(count / WIDTH));
  }

  /** Hands over what was collected, and then what `more` encodes. What is written to buffers later comes behind it. */
  submit(more?: (encoder: GPUCommandEncoder) => void): void {
    if (this.#calls.length === 0 && !more) return;
    const calls = this.#calls;
    this.#calls = [];
    this.#device.queue.writeBuffer(this.#uniforms, 0, this.#numbers, 0, (calls.length * SLOT) / 4);
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const [i, { pipeline, group, groups }] of calls.entries()) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, this.#arena, [i * SLOT]);
      pass.setBindGroup(1, group);
      pass.dispatchWorkgroups(...groups);
    }
    pass.end();
    more?.(encoder);
    this.#device.queue.submit([encoder.finish()]);
  }

  /** Compiles the kernels that `pass` calls and that are not compiled, without running them. */
  compile(pass: () => void): void {
    this.#collected = new Map();
    try {
      pass();
      for (const kernel of this.#collected.values()) this.#compileAhead(kernel);
    } finally {
      this.#collected = null;
    }
  }

  /** Resolves when all that is being compiled ahead is. */
  async compiled(): Promise<void> {
    await Promise.all(this.#compiling.values());
  }

  /** What fails is compiled again by its first call, which reports why. */
  #compileAhead(kernel: Kernel): void {
    const { name } = kernel;
    if (this.#pipelines.has(name) || this.#compiling.has(name)) return;
    const work = this.#device
      .createComputePipelineAsync(this.#descriptor(kernel))
      .then((pipeline) => this.#pipelines.set(name, pipeline))
      .catch(() => {})
      .finally(() => this.#compiling.delete(name));
    this.#compiling.set(name, work);
  }

  #pipeline(kernel: Kernel): GPUComputePipeline {
    const known = this.#pipelines.get(kernel.name);
    if (known) return known;
    const pipeline = this.#device.createComputePipeline(this.#descriptor(kernel));
    this.#pipelines.set(kernel.name, pipeline);
    return pipeline;
  }

  #descriptor(kernel: Kernel): GPUComputePipelineDescriptor {
    const module = this.#device.createShaderModule({ code: shaderOf(kernel), label: kernel.name });
    return { layout: this.#layout, compute: { module, entryPoint: 'main' } };
  }
}

function hasPackedDot(): boolean {
  return globalThis.navigator?.gpu?.wgslLanguageFeatures?.has('packed_4x8_integer_dot_product') ?? false;
}
