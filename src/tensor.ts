import { check } from './errors.ts';

/** Element types of a {@link Tensor}, named as in onnxruntime and transformers.js. */
export interface TensorTypes {
  float32: Float32Array;
  int64: BigInt64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}
/** The name of an element type. */
export type TensorType = keyof TensorTypes;

/**
 * A plain n-dimensional array: row-major `data`, its `dims` and its element `type`. It has the fields that
 * onnxruntime-web and transformers.js take, so `new ort.Tensor(t.type, t.data, t.dims)` shares the data.
 *
 * @throws `InvalidArgument` when `dims` do not multiply to the length of `data`.
 * @example
 * const zeros = new Tensor('float32', new Float32Array(6), [2, 3]);
 */
export class Tensor<T extends TensorType = 'float32'> {
  readonly type: T;
  readonly data: TensorTypes[T];
  readonly dims: readonly number[];

  constructor(type: T, data: TensorTypes[T], dims: readonly number[]) {
    const size = dims.reduce((a, b) => a * b, 1);
    const whole = dims.every((d) => Number.isInteger(d) && d >= 0);
    check(whole && size === data.length, 'InvalidArgument', () => {
      return `Cannot make a tensor of dims [${dims}]: expected ${size} elements, got ${data.length}`;
    });
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}
