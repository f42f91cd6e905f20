import { COMPUTE_STAGE, USAGE } from './flags.ts';
import { type Kernel, shaderOf, WIDTH } from './kernel.ts';
import type { GpuBuffers, GpuParameter } from './kinds.ts';

/** Offsets of uniform buffers are multiples of it on every device. Unit: bytes. */
const SLOT = 256;
/** Calls that are encoded before the device gets them. */
const CALLS = 64;

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
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly #uniforms: GPUBuffer;
  readonly #numbers = new Uint32Array((CALLS * SLOT) / 4);
  /** For kernels without parameters. */
  readonly #none: GpuBuffers;
  #arena: GPUBindGroup | null = null;
  #calls: Call[] = [];

  /** @param mostGroups workgroups along one dimension */
  constructor(device: GPUDevice, mostGroups = device.limits.maxComputeWorkgroupsPerDimension) {
    this.#device = device;
    this.#mostGroups = mostGroups;
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

  #pipeline(kernel: Kernel): GPUComputePipeline {
    const known = this.#pipelines.get(kernel.name);
    if (known) return known;
    const module = this.#device.createShaderModule({ code: shaderOf(kernel), label: kernel.name });
    const layout = this.#device.createPipelineLayout({ bindGroupLayouts: [...this.#layouts] });
    const pipeline = this.#device.createComputePipeline({ layout, compute: { module, entryPoint: 'main' } });
    this.#pipelines.set(kernel.name, pipeline);
    return pipeline;
  }
}
