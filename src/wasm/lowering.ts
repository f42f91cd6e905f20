import type { Kernels } from './kernels.ts';

/**
 * What the relaxed dot of 8-bit integers becomes: `sdot` (or its equivalent) on ARM; `vpdpbusd` on x64 with AVX-VNNI; `vpmaddubsw`
 * on other x64, one of five instructions; `none` in the strict build.
 */
export type DotLowering = 'sdot' | 'vpdpbusd' | 'vpmaddubsw' | 'unknown' | 'none';

/** What an engine makes of relaxed instructions on this processor, found by computing with them. */
export interface Lowering {
  readonly dot: DotLowering;
  /** Whether the relaxed multiply-add rounds once. */
  readonly fusedMultiplyAdd: boolean;
}

const DOTS = new Map<number, DotLowering>([
  [0, 'none'],
  [512, 'sdot'],
  [-130560, 'vpdpbusd'],
  [-65536, 'vpmaddubsw'],
]);

/** Call it while the memory above the heap base is unused. */
export function loweringOf(kernels: Kernels): Lowering {
  const scratch = scratchOf(kernels);
  return {
    dot: DOTS.get(kernels.dot_of_extremes(scratch)) ?? 'unknown',
    fusedMultiplyAdd: kernels.madd_is_fused(scratch) === 1,
  };
}

/**
 * Whether the integer dot of a relaxed core gives the exact sums, for extreme operands. Node 20 behind its flag validates
 * the instruction and computes wrong sums. Call it while the memory above the heap base is unused.
 */
export function dotIsExact(kernels: Kernels): boolean {
  return kernels.dot_is_exact(scratchOf(kernels)) === 1;
}

/**
 * Lets the core take the micro-kernels that are fast on this processor. Results do not depend on it. Call it while the memory above
 * the heap base is unused.
 */
export function chooseForm(kernels: Kernels): void {
  kernels.choose_form(scratchOf(kernels));
}

const scratchOf = (kernels: Kernels): number => Math.ceil((kernels.heapBase.value as number) / 16) * 16;
