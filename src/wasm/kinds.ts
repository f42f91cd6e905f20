import type { Dtype } from '../dtype.ts';

/** Rows of f32 in linear memory; `stride` is the elements from one row to the next. */
export interface WasmTensor {
  readonly at: number;
  readonly rows: number;
  readonly cols: number;
  readonly stride: number;
}

/** A packed n × k layer and its vectors, each [n]. */
export interface WasmLinear {
  readonly dtype: Dtype;
  readonly n: number;
  readonly k: number;
  readonly at: number;
  readonly scale: number;
  readonly shift: number;
}

export interface WasmNorm {
  readonly gamma: number;
  readonly beta: number;
  readonly cols: number;
  readonly eps: number;
}

export interface WasmKinds {
  tensor: WasmTensor;
  linear: WasmLinear;
  norm: WasmNorm;
}
