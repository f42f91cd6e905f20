import { Tensor as LibraryTensor, type TensorType } from '../index.ts';

/** Numbers, or lists of them as deep as a tensor has dimensions. */
export type NestedList = number | bigint | NestedList[];

/**
 * The library's tensor with what transformers.js adds to `type`, `data` and `dims`.
 *
 * @throws `InvalidArgument` when `data` is not of the type, or `dims` do not multiply to its length.
 * @example
 * new Tensor('float32', new Float32Array([1, 2]), [1, 2]).tolist(); // [[1, 2]]
 */
export class Tensor<T extends TensorType = 'float32'> extends LibraryTensor<T> {
  /** The same data as a tensor of this class. */
  static of<T extends TensorType>({ type, data, dims }: LibraryTensor<T>): Tensor<T> {
    return new Tensor(type, data, dims);
  }

  /** The number of elements. */
  get size(): number {
    return this.data.length;
  }

  /**
   * The elements as nested lists.
   *
   * @returns a list as deep as `dims` is long; of a tensor without dimensions its one element
   */
  tolist(): NestedList {
    return nested(this.data, this.dims);
  }
}

function nested(data: ArrayLike<number | bigint>, dims: readonly number[], begin = 0): NestedList {
  const [count, ...rest] = dims;
  if (count === undefined) return data[begin];
  const step = rest.reduce((a, b) => a * b, 1);
  return Array.from({ length: count }, (_, i) => nested(data, rest, begin + i * step));
}
