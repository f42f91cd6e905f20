import type { Kernels } from '../../src/wasm/kernels.ts';
import type { Core } from './core.ts';

/** Any core. */
type AnyCore = Core<Pick<Kernels, 'memory' | 'heapBase'>>;

/** Rows of f32 in a core's memory, `stride` floats from one to the next. */
export interface Matrix {
  readonly pointer: number;
  readonly stride: number;
  readonly rows: number;
  readonly cols: number;
}

/** Reserves a matrix; `gap` floats lie between its rows and belong to nobody. */
export function reserve(core: AnyCore, rows: number, cols: number, gap = 0): Matrix {
  const stride = cols + gap;
  return { pointer: core.alloc(4 * rows * stride), stride, rows, cols };
}

export function put(core: AnyCore, values: readonly (readonly number[])[], gap = 0): Matrix {
  const matrix = reserve(core, values.length, values[0].length, gap);
  const memory = new Float32Array(core.kernels.memory.buffer);
  values.forEach((row, i) => {
    memory.set(row, matrix.pointer / 4 + i * matrix.stride);
  });
  return matrix;
}

export function get(core: AnyCore, { pointer, stride, rows, cols }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, i) => [...core.floats(pointer + 4 * i * stride, cols)]);
}

/** The bytes that a kernel which fills `matrix` may write. */
export function area({ pointer, stride, rows, cols }: Matrix): [number, number][] {
  return Array.from({ length: rows }, (_, i) => [pointer + 4 * i * stride, 4 * cols]);
}

/** Calls `kernel` on the ranges between `cuts` and lets it write nothing but `matrix` and `scratch`. */
export function runRanges(
  core: AnyCore,
  matrix: Matrix,
  cuts: readonly number[],
  kernel: (begin: number, end: number) => void,
  scratch: readonly (readonly [number, number])[] = [],
): number[][] {
  core.writesOnly([...area(matrix), ...scratch], () => {
    cuts.slice(1).forEach((end, i) => {
      kernel(cuts[i], end);
    });
  });
  return get(core, matrix);
}

/** Deterministic f32 numbers in −1..1. */
export function noise(rows: number, cols: number, seed = 1): number[][] {
  let state = seed * 2654435761;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return Math.fround(((state ^ (state >>> 13)) >>> 0) / 2 ** 31 - 1);
  };
  return Array.from({ length: rows }, () => Array.from({ length: cols }, next));
}

/** The largest |a − b|, Infinity if one of them is NaN where the other is not. */
export function largestDifference(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  if (a.length !== b.length) return Infinity;
  const differences = a.flatMap((row, i) => row.map((x, j) => (Object.is(x, b[i][j]) ? 0 : Math.abs(x - b[i][j]))));
  return differences.reduce((worst, d) => (d <= worst ? worst : Number.isNaN(d) ? Infinity : d), 0);
}
