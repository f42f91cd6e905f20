import { check } from '../../errors.ts';
import { sizeOf } from '../../math.ts';
import { quoted } from '../../quoted.ts';
import type { DtypeName } from '../dtype.ts';
import type { TensorInfo } from '../storedTensor.ts';
import type { Alteration } from './alteredCheckpoint.ts';

interface Side extends TensorInfo {
  readonly values: Float32Array;
}

/** A quantized tensor [n, …] and what its elements are scaled by. */
export interface ScaledTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DtypeName;
  readonly scale: Side;
  readonly zero?: Side | undefined;
}

export interface Scaling {
  readonly divisor: number;
  /** [rows, columns] of a block, as a config has it; where it says nothing, blocks are as large as they can be. */
  readonly block: unknown;
}

/** DeepSeek's, which transformers takes where a config says nothing. */
const DEFAULT_BLOCK = [128, 128];
const FLOATS: readonly DtypeName[] = ['F32', 'F16', 'BF16', 'F64', 'F8_E8M0'];

/**
 * (q − zero) · scale, with one scale for all elements, for every row, or for every block of rows and columns, each
 * operation rounded to f32.
 *
 * @throws `InvalidCheckpoint` when the scales do not fit the tensor.
 */
export function scaling(tensor: ScaledTensor, { divisor, block }: Scaling): Alteration['alter'] {
  const { name, scale, zero } = tensor;
  const columns = sizeOf(tensor.shape.slice(1));
  const grid = gridOf(tensor, block);
  const isExponent = scale.dtype === 'U8' && tensor.dtype.startsWith('F8'); // of 2, as MX formats store it in bytes
  const scales = isExponent ? scale.values.map((byte) => 2 ** (byte - 127)) : scale.values;
  check(isExponent || FLOATS.includes(scale.dtype), 'InvalidCheckpoint', () => {
    return `Cannot read ${quoted(name)}: expected scales of a float type, got ${scale.dtype}`;
  });
  check(!zero || zero.values.length === scale.values.length, 'InvalidCheckpoint', () => {
    return `Cannot read ${quoted(name)}: expected ${scale.values.length} zero points, got ${zero!.values.length}`;
  });
  const reciprocal = Math.fround(1 / divisor);
  return (chunk, offset) => {
    for (let i = 0; i < chunk.length; i++) {
      const row = Math.floor((offset + i) / columns);
      const column = offset + i - row * columns;
      const at = Math.floor(row / grid.rows) * grid.across + Math.floor(column / grid.columns);
      const value = zero ? chunk[i] - zero.values[at] : chunk[i];
      const scaled = Math.fround(value * scales[at]);
      chunk[i] = divisor === 1 ? scaled : scaled * reciprocal;
    }
  };
}

interface ScaleGrid {
  /** Rows and columns of a block, and blocks across. */
  readonly rows: number;
  readonly columns: number;
  readonly across: number;
}

/** What every scale is for. @throws `InvalidCheckpoint` */
function gridOf({ name, shape, scale }: ScaledTensor, block: unknown): ScaleGrid {
  const [rows, columns] = [shape[0] ?? 1, sizeOf(shape.slice(1))];
  const count = scale.values.length;
  if (count === 1) return { rows, columns, across: 1 };
  if (count === rows && (scale.shape.length === 1 || scale.shape[0] === rows)) return { rows: 1, columns, across: 1 };
  const [down, across] = scale.shape;
  const sizes = [block, DEFAULT_BLOCK, [rows / down, columns / across]].find((size) => {
    return Array.isArray(size) && tiles(rows, size[0], down) && tiles(columns, size[1], across);
  }) as number[] | undefined;
  check(scale.shape.length === 2 && sizes, 'InvalidCheckpoint', () => {
    return `Cannot read ${quoted(name)}: scales of shape [${scale.shape}] do not fit [${shape}]`;
  });
  return { rows: sizes[0], columns: sizes[1], across };
}

function tiles(total: number, size: unknown, count: number): boolean {
  return Number.isInteger(size) && (size as number) > 0 && Math.ceil(total / (size as number)) === count;
}
