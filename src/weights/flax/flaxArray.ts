import { sizeOf } from '../../math.ts';
import type { DtypeName } from '../dtype.ts';
import type { Piece, StoredTensor } from '../storedTensor.ts';

/** One array of a Flax file, whole or in parts. */
export interface FlaxArray {
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  readonly pieces: readonly Piece[];
}

/** The array at `path` as a tensor of PyTorch: under its name there, read along its axes there. */
export function torchTensor(path: readonly string[], { dtype, shape, pieces }: FlaxArray): StoredTensor {
  const leaf = path[path.length - 1];
  const name = [...path.slice(0, -1), leaf === 'kernel' || leaf === 'scale' ? 'weight' : leaf].join('.');
  const plain = { name, dtype, storage: { pieces }, offset: 0 };
  if (leaf !== 'kernel' || shape.length < 2) return { ...plain, shape, strides: null };
  const order = axesOfWeight(shape.length);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  return { ...plain, shape: order.map((axis) => shape[axis]), strides: order.map((axis) => strides[axis]) };
}

/** Flax keeps `[…space, in, out]`, PyTorch `[out, in, …space]`. */
function axesOfWeight(rank: number): number[] {
  return [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, axis) => axis)];
}
