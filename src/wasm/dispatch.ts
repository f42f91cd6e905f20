import type { Kernels } from './kernels.ts';

/** Names of the kernels that take a half-open range first. */
export type RangeKernel = {
  [K in keyof Kernels]: Kernels[K] extends (begin: number, end: number, ...rest: never[]) => void ? K : never;
}[keyof Kernels];

/** A kernel as the threads call it: its range, then its arguments. */
export type RangeCall = (begin: number, end: number, ...args: number[]) => void;

/** Runs a kernel over its whole range: on this thread alone, or on several, each with a part of it. */
export interface Dispatch {
  readonly threads: number;
  /** `args` are what follows the range; the last is scratch when `scratchBytes`, bytes a thread, is not 0. */
  run(kernel: RangeKernel, extent: number, args: readonly number[], scratchBytes?: number): void;
  /** Throws when results can no longer be trusted, because a worker failed. @throws `WorkerFailed` */
  check(): void;
  /** Resolves once kernels may run; replaces workers that failed. @throws `WorkerFailed` when they cannot be started. */
  ready(): Promise<void>;
  /** Why the calling thread runs everything though more were planned, or ''. */
  readonly fallbackReason: string;
  dispose(): void;
}

/** Everything on the calling thread. */
export function singleThread(kernels: Kernels): Dispatch {
  return {
    threads: 1,
    run: (kernel, extent, args) => (kernels[kernel] as RangeCall)(0, extent, ...args),
    check: () => {},
    ready: async () => {},
    fallbackReason: '',
    dispose: () => {},
  };
}
