import type { Dtype } from '../../dtype.ts';
import { type BatchNorm, Parameters } from '../../model/beit/params/parameters.ts';
import type { Init, Slot } from '../../model/beit/params/slot.ts';
import type { WasmKinds, WasmLinear, WasmNorm, WasmTensor } from '../../wasm/kinds.ts';
import type { TrainBackend } from '../engine/trainBackend.ts';

/** Where a matrix of a checkpoint is: rows of a layer. */
export interface LinearRows {
  readonly layer: WasmLinear;
  readonly firstRow: number;
  readonly rows: number;
  /** Makes the tensor of a checkpoint of these rows, where it has another order. */
  readonly inOrder?: (rows: Float32Array) => Float32Array;
}

/** A batch norm that is computed, not folded: over the numbers of a batch, or by running statistics. */
export interface KeptBatchNorm {
  readonly norm: WasmNorm;
  readonly channels: number;
  readonly eps: number;
  /** Running statistics, in CPU memory. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  /** Statistics of batches that the running ones are due to follow: mean and unbiased variance. */
  readonly pending: { readonly mean: Float32Array; readonly variance: Float32Array }[];
}

/** nn.BatchNorm2d's default: the share of a batch in the running statistics. */
const MOMENTUM = 0.1;

/** Parameters that also remember which layer, norm or table each name belongs to, so that gradients find their names. */
export class TrainParameters extends Parameters<WasmKinds> {
  readonly matrices = new Map<string, LinearRows>();
  readonly norms = new Map<string, WasmNorm>();
  /** Vectors, tokens and tables, in CPU memory. */
  readonly vectors = new Map<string, Float32Array>();
  /** λ of a block → the layer whose output scale it is. */
  readonly scales = new Map<string, string>();
  /** Layers whose output scale is not one and no parameter: those of adapters. */
  readonly scaled = new Set<WasmLinear>();
  /** By the first of the layers in front of them. */
  readonly batchNorms = new Map<WasmLinear, KeptBatchNorm>();
  /** The layer that others are rows of, by the first of these. */
  readonly stacks = new Map<WasmLinear, WasmLinear>();
  readonly machine: TrainBackend;

  readonly #frozen: (name: string) => boolean;

  /** Layers whose tensors are all `frozen` are kept as f16. */
  constructor(backend: TrainBackend, frozen: (name: string) => boolean = () => false) {
    super(backend.asBackend, 'f32');
    this.machine = backend;
    this.#frozen = frozen;
  }

  override dtypeOf(...names: readonly string[]): Dtype {
    return names.flatMap(tensorsOfLayer).every(this.#frozen) ? 'f16' : 'f32';
  }

  override vector(name: string, shape: readonly number[], init: Init): Float32Array {
    const data = super.vector(name, shape, init);
    this.vectors.set(name, data);
    const block = /^(encoder\.layer\.\d+)\.lambda_([12])$/.exec(name);
    if (block) this.scales.set(name, `${block[1]}.${block[2] === '1' ? 'attention.output' : 'output'}.dense`);
    return data;
  }

  override rows(name: string, shape: readonly number[], w: WasmLinear, firstRow = 0): void {
    super.rows(name, shape, w, firstRow);
    this.matrices.set(name, { layer: w, firstRow, rows: shape[0] });
  }

  override norm(name: string, cols: number, eps: number): WasmNorm {
    const norm = super.norm(name, cols, eps);
    this.norms.set(name, norm);
    return norm;
  }

  /** One layer, whose rows they are: a single product serves them all. */
  override layers(count: number, n: number, k: number): WasmLinear[] {
    const all = this.machine.reserveLinear(count * n, k);
    const parts = Array.from({ length: count }, (_, i) => {
      return { ...all, n, at: all.at + 4 * i * n * k, scale: all.scale + 4 * i * n, shift: all.shift + 4 * i * n };
    });
    this.stacks.set(parts[0], all);
    return parts;
  }

  override arranged(
    name: string,
    slot: Slot,
    layers: readonly WasmLinear[],
    inOrder: (rows: Float32Array) => Float32Array,
  ): void {
    super.arranged(name, slot, layers, inOrder);
    const layer = this.stacks.get(layers[0]) ?? layers[0];
    this.matrices.set(name, { layer, firstRow: 0, rows: layer.n, inOrder });
    if (layers.length === 1) this.machine.planConv3x3(layer.n, layer.k / 9);
  }

  override keepBatchNorm(name: string, { layers, bias, gamma, beta, mean, variance, eps }: BatchNorm<WasmKinds>): void {
    const norm = this.machine.reserveNorm(gamma.length, eps);
    this.norms.set(name, norm);
    this.batchNorms.set(layers[0], { norm, channels: norm.cols, eps, mean, variance, pending: [] });
    this.onFinish(() => {
      this.machine.putNorm(norm, gamma, beta);
      for (const layer of layers) this.machine.putVectors(layer, null, bias);
    });
  }

  /** Running statistics follow those of the batches since the last call, or forget them. */
  followBatches(follow: boolean): void {
    for (const { mean, variance, pending } of this.batchNorms.values()) {
      for (const batch of follow ? pending : []) {
        moveTowards(mean, batch.mean);
        moveTowards(variance, batch.variance);
      }
      pending.length = 0;
    }
  }

  /** The weights of a matrix, row by row. */
  weightsOf(name: string): WasmTensor {
    const { layer, firstRow, rows } = this.matrices.get(name)!;
    return this.machine.rows(this.machine.weights(layer), firstRow, firstRow + rows);
  }
}

/** The names of a layer's weight and bias, and of its output scale. */
function tensorsOfLayer(weight: string): string[] {
  const [, block, layer] = /^(encoder\.layer\.\d+)\.(attention\.output|output)\.dense\.weight$/.exec(weight) ?? [];
  const scale = block ? [`${block}.lambda_${layer === 'output' ? 2 : 1}`] : [];
  return [weight, weight.replace(/weight$/, 'bias'), ...scale];
}

function moveTowards(running: Float32Array, batch: Float32Array): void {
  for (let i = 0; i < running.length; i++) running[i] = (1 - MOMENTUM) * running[i] + MOMENTUM * batch[i];
}
