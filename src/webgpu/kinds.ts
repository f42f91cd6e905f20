import type { Dtype, QuantizedDtype } from '../dtype.ts';

/** The dtypes of weights that compute in f32, or in f16 where that was asked for. */
export type GpuFloatDtype = Exclude<Dtype, QuantizedDtype>;

/** Rows of f32 in the arena; `at` and `stride` count elements. */
export interface GpuTensor {
  readonly at: number;
  readonly rows: number;
  readonly cols: number;
  readonly stride: number;
}

/** A parameter of its own on the GPU: matrices of linear layers, and two vectors one behind the other. */
export interface GpuParameter {
  readonly weightBytes: number;
  readonly vectorBytes: number;
  /** Made by `commit`. */
  buffers: GpuBuffers | null;
}

export interface GpuBuffers {
  readonly weights: GPUBuffer;
  readonly vectors: GPUBuffer;
  readonly group: GPUBindGroup;
}

/**
 * An n × k layer, its rows one behind the other, each from a multiple of 4 bytes on, of integers in whole vectors of 16 bytes; its
 * vectors are scale and shift, and of integers the scales of their rows.
 */
export interface GpuLinear extends GpuParameter {
  readonly dtype: Dtype;
  readonly n: number;
  readonly k: number;
}

/** Its vectors are gamma and beta. */
export interface GpuNorm extends GpuParameter {
  readonly cols: number;
  readonly eps: number;
}

export interface GpuKinds {
  tensor: GpuTensor;
  linear: GpuLinear;
  norm: GpuNorm;
}
