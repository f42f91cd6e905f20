/** Data types of the Open Inference Protocol that this server reads or writes. */
export type Datatype = 'FP32' | 'FP16' | 'INT32' | 'BYTES';

/** A named tensor. `data` is flat and row-major; BYTES elements are byte strings. */
export interface NamedTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | readonly Uint8Array[];
}

/** What an input or output of a model looks like; −1 in a shape is any size. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}
