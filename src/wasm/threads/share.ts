import type { RangeKernel } from '../dispatch.ts';

/** Kernels of little work a unit (a row, or a column of the mean): they are split by the cache line and more. */
const LIGHT_UNITS = 4;
const LIGHT: readonly RangeKernel[] = [
  'layer_norm',
  'softmax',
  'patchify',
  'mean_rows',
  'copy_rows',
  'add_rows',
  'blend_rows',
  'attention_probabilities',
];

/** How many units of a kernel's range belong together. */
export function grainOf(kernel: RangeKernel): number {
  return LIGHT.includes(kernel) ? LIGHT_UNITS : 1;
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
