import type { RangeKernel } from '../dispatch.ts';
import { LIGHT_KERNELS } from '../kernels.ts';

/** Units of a light kernel that belong together: a cache line of results, or more. */
const LIGHT_UNITS = 4;

/** How many units of a kernel's range belong together. */
export function grainOf(kernel: RangeKernel): number {
  return LIGHT_KERNELS.includes(kernel) ? LIGHT_UNITS : 1;
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
