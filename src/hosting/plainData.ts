import { Tensor, type TensorType } from '../tensor.ts';

/** The buffers of all typed arrays in plain data. */
export function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (isObject(value)) for (const part of Object.values(value)) buffersOf(part, found);
  return found;
}

/** Plain data as it was before it crossed, which drops the class of tensors. */
export function withTensors<T>(value: T): T;
export function withTensors(value: unknown): unknown {
  if (!isObject(value) || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((part) => withTensors(part));
  if ('dims' in value)
    return new Tensor((value as Tensor<TensorType>).type, (value as Tensor).data, (value as Tensor).dims);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withTensors(part)]));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
