import { cosine, sine } from '../../sine.ts';
import type { ResampleFilter } from './resampleFilter.ts';

/** A filter kernel: zero outside [−support, support], in pixels of the coarser grid. */
export interface FilterKernel {
  readonly support: number;
  readonly at: (x: number) => number;
}

/** The kernels, as Pillow's Resample.c computes them in double precision; nearest has none. */
export const KERNELS: Readonly<Record<Exclude<ResampleFilter, 'nearest'>, FilterKernel>> = {
  box: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, at: (x) => (Math.abs(x) < 1 ? 1 - Math.abs(x) : 0) },
  hamming: { support: 1, at: hamming },
  bicubic: { support: 2, at: keys },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Keys' cubic convolution with a = −1/2. */
function keys(x: number): number {
  const a = -0.5;
  x = Math.abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/** sin(πx) / (πx). */
function sinc(x: number): number {
  return x === 0 ? 1 : sine(x * Math.PI) / (x * Math.PI);
}

/** sinc under a Hamming window, whose constants Pillow writes in single precision. */
function hamming(x: number): number {
  x = Math.abs(x);
  if (x >= 1) return 0;
  return x === 0 ? 1 : sinc(x) * (Math.fround(0.54) + Math.fround(0.46) * cosine(x * Math.PI));
}
