import type { RangeKernel } from '../dispatch.ts';
import type { Kernels } from '../kernels.ts';

/** Kernels of little work a unit (a row, or a column of the mean): fewer than two times this stay on the leader. */
const LIGHT_UNITS = 4;
const LIGHT: readonly RangeKernel[] = [
  'layer_norm',
  'softmax',
  'patchify',
  'mean_rows',
  'copy_rows',
  'add_rows',
  'blend_rows',
];

/**
 * How many units of a kernel's range belong together: rows of a linear layer by the register tile, since a part of a
 * tile costs a whole one; rows of light kernels by the cache line and more; blocks of attention and image rows singly.
 */
export function grainOf(kernel: RangeKernel, kernels: Pick<Kernels, 'tile_rows_f32' | 'tile_rows_q8'>): number {
  if (LIGHT.includes(kernel)) return LIGHT_UNITS;
  if (kernel === 'linear_q8' || kernel === 'linear_q4') return kernels.tile_rows_q8.value;
  return kernel.startsWith('linear_') || kernel === 'attention_probabilities' ? kernels.tile_rows_f32.value : 1;
}

/**
 * The part [begin, end) of `extent` units that thread `index` of `threads` takes: whole grains, as equal as can be, the
 * larger parts first, so that the leader, thread 0, never waits for a part larger than its own.
 */
export function share(extent: number, grain: number, index: number, threads: number): [begin: number, end: number] {
  const grains = Math.ceil(extent / grain);
  const each = Math.floor(grains / threads);
  const longer = grains % threads;
  const first = (i: number) => Math.min(extent, grain * (i * each + Math.min(i, longer)));
  return [first(index), first(index + 1)];
}
