import { check } from './errors.ts';
import { sizeOf } from './math.ts';
import { cut, quoted } from './quoted.ts';

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
 * @throws `InvalidArgument` when `data` is not of the type, or `dims` do not multiply to its length.
 * @example
 * const zeros = new Tensor('float32', new Float32Array(6), [2, 3]);
 */
export class Tensor<T extends TensorType = 'float32'> {
  readonly type: T;
  readonly data: TensorTypes[T];
  readonly dims: readonly number[];

  /**
   * @param type of the elements
   * @param data row by row; it is not copied
   * @param dims sizes from the outermost to the innermost
   */
  constructor(type: T, data: TensorTypes[T], dims: readonly number[]) {
    checkTensor('Cannot make a tensor', { type, data, dims });
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

const ARRAYS: { readonly [T in TensorType]: string } = {
  float32: 'Float32Array',
  int64: 'BigInt64Array',
  int32: 'Int32Array',
  uint8: 'Uint8Array',
  bool: 'Uint8Array',
};

/** By its tag: a value may come from another realm (a frame, a test runner), where its class is another. */
export function classOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Tensors of other libraries are taken as they are, so they are looked at first. @throws `InvalidArgument` */
export function checkTensor(what: string, tensor: unknown, ...types: readonly TensorType[]): void {
  const { type, data, dims }: Partial<Tensor<TensorType>> = Object(tensor);
  const fits = types.length > 0 ? types.includes(type!) : typeof type === 'string' && Object.hasOwn(ARRAYS, type);
  check(fits, 'InvalidArgument', () => {
    const found = typeof type === 'string' ? cut(type) : classOf(tensor);
    return `${what}: expected a tensor${types.length > 0 ? ` of ${types.join(' or ')}` : ''}, got ${found}`;
  });
  const array = classOf(data);
  const whole = Array.isArray(dims) && dims.every((d) => Number.isInteger(d) && d >= 0);
  const size = whole ? sizeOf(dims) : Number.NaN;
  check(array === ARRAYS[type!] && size === data?.length, 'InvalidArgument', () => {
    const shape = whole ? `[${dims}]` : quoted(dims);
    return `${what}: expected ${ARRAYS[type!]} of ${size} for type ${type} and dims ${shape}, got ${array} of ${data?.length}`;
  });
}
