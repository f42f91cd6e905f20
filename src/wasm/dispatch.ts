import type { Kernels } from './kernels.ts';

/** Names of the kernels that take a half-open range first. */
export type RangeKernel = {
  [K in keyof Kernels]: Kernels[K] extends (begin: number, end: number, ...rest: never[]) => void ? K : never;
}[keyof Kernels];

/** Who runs a kernel over its whole range: this thread alone, or several, each with a part of it. */
export interface Dispatch {
  readonly threads: number;
  /** `args` are what follows the range; the last is scratch when `scratchBytes`, bytes a thread, is not 0. */
  run(kernel: RangeKernel, extent: number, args: readonly number[], scratchBytes?: number): void;
  /** Throws when the engine can no longer be trusted, as after the death of a worker. */
  check(): void;
  dispose(): void;
}

/** Everything on the calling thread. */
export function singleThread(kernels: Kernels): Dispatch {
  return {
    threads: 1,
    run: (kernel, extent, args) => (kernels[kernel] as (...all: number[]) => void)(0, extent, ...args),
    check: () => {},
    dispose: () => {},
  };
}
