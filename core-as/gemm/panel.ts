import { NR } from "./shape";

/** Where the values of W row `row` begin in weights packed as [⌈n/NR⌉, k, NR] of `size`-byte values. */
// @ts-ignore: decorator
@inline
export function lane(w: usize, row: usize, k: usize, size: usize): usize {
  return w + ((row / NR) * k * NR + (row % NR)) * size;
}

/** Bytes of n × k weights packed with `size` bytes a value, rounded up to a cache line. */
// @ts-ignore: decorator
@inline
export function packed_bytes(n: usize, k: usize, size: usize): usize {
  return (((n + NR - 1) / NR) * NR * k * size + 63) & ~63;
}

/** f32 weights: a panel is read where it lies. Instances of a policy are never created. */
@unmanaged
export class F32Panel {
  @inline bytes(k: usize): usize { return k * NR * 4; }
  /** The address of the panel as f32 [k, NR]. */
  @inline open(panel: usize, k: usize, scratch: usize): usize { return panel; }
}
