import { Parameters } from '../../model/beit/params/parameters.ts';
import type { Init } from '../../model/beit/params/slot.ts';
import type { WasmKinds, WasmLinear, WasmNorm, WasmTensor } from '../../wasm/kinds.ts';
import type { TrainBackend } from '../engine/trainBackend.ts';

/** Where a matrix of a checkpoint is: rows of a layer. */
export interface LinearRows {
  readonly layer: WasmLinear;
  readonly firstRow: number;
  readonly rows: number;
}

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
  readonly machine: TrainBackend;

  constructor(backend: TrainBackend) {
    super(backend.asBackend, 'f32');
    this.machine = backend;
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

  /** The weights of a matrix, row by row. */
  weightsOf(name: string): WasmTensor {
    const { layer, firstRow, rows } = this.matrices.get(name)!;
    return this.machine.rows(this.machine.weights(layer), firstRow, firstRow + rows);
  }
}
