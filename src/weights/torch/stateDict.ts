import { check } from '../../errors.ts';
import { type Storage, type StoredTensor, sizeOf } from '../storedTensor.ts';
import { type PickleValue, type TorchStorage, TorchTensor } from './pickleValues.ts';

/** Under what training scripts keep the weights beside everything else. */
const WRAPPERS = ['model', 'module', 'state_dict'];
const MAX_WRAPPERS = 3;

/**
 * The tensors of a state dict, as it stands or wrapped the way training checkpoints wrap it.
 *
 * @throws `InvalidCheckpoint` when there is none.
 */
export function tensorsOf(
  value: PickleValue,
  file: string,
  locate: (storage: TorchStorage) => Storage,
): readonly StoredTensor[] {
  const dict = unwrap(value, 0);
  const tensors: StoredTensor[] = [];
  for (const [name, item] of dict ?? []) {
    if (item instanceof TorchTensor) tensors.push(storedAs(String(name), item, locate(item.storage)));
  }
  check(tensors.length > 0, 'InvalidCheckpoint', `Cannot read "${file}": it holds no state dict with tensors`);
  return tensors.sort((a, b) => firstByte(a) - firstByte(b) || a.offset - b.offset);
}

function unwrap(value: PickleValue, depth: number): Map<PickleValue, PickleValue> | null {
  if (!(value instanceof Map)) return null;
  const inner = WRAPPERS.map((key) => value.get(key)).find((item) => item instanceof Map);
  return inner instanceof Map && depth < MAX_WRAPPERS ? unwrap(inner, depth + 1) : value;
}

function storedAs(name: string, tensor: TorchTensor, storage: Storage): StoredTensor {
  const { shape, strides } = tensor;
  const offset = tensor.storage.base + tensor.offset;
  return {
    name,
    dtype: tensor.storage.dtype,
    shape,
    storage,
    offset,
    strides: isRowMajor(shape, strides) ? null : strides,
  };
}

/** Strides of axes of one element mean nothing. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  if (sizeOf(shape) === 0) return true;
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}

function firstByte({ storage }: StoredTensor): number {
  return storage.pieces[0].begin;
}
