import type { Dtype, QuantizedDtype } from '../dtype.ts';

/** How a GPU keeps weights; all compute in f32. */
export type GpuDtype = Exclude<Dtype, QuantizedDtype>;

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

/** An n × k layer, its rows one behind the other, each from a multiple of 4 bytes on; its vectors are scale and shift. */
export interface GpuLinear extends GpuParameter {
  readonly dtype: GpuDtype;
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
