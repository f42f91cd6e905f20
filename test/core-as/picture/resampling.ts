import { type ResampleCoefficients, resampleCoefficients } from '../../../src/image/resample/resampleCoefficients.ts';
import type { Core } from '../core.ts';

export const FILTERS = ['box', 'bilinear', 'hamming', 'bicubic', 'lanczos'] as const;

/** Coefficients of real filters, up, down and to one; then random ones of either sign at the edge of 32 bits. */
export function axes(): { from: number; axis: ResampleCoefficients }[] {
  const sizes = [
    [1, 4],
    [2, 1],
    [5, 3],
    [7, 16],
    [33, 8],
    [61, 20],
  ];
  const real = FILTERS.flatMap((filter) =>
    sizes.map(([from, to]) => ({ from, axis: resampleCoefficients(from, to, filter) })),
  );
  const weights = Int32Array.from({ length: 6 * 9 }, (_, i) => (i % 2 ? 1 : -1) * (((i * 48271) % 1900000) | 0));
  const starts = Int32Array.of(0, 1, 2, 3, 4, 5);
  const counts = Int32Array.of(9, 8, 7, 1, 2, 3);
  return [...real, { from: 9, axis: { taps: 9, starts, counts, weights } }];
}

/** starts, counts, weights and taps, as the kernels take them. */
export function placeAxis(core: Core, { taps, starts, counts, weights }: ResampleCoefficients) {
  return [core.place(starts), core.place(counts), core.place(weights), taps] as const;
}

/** Bytes that make every carry happen: 0 and 255 among others. */
export function picture(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i % 5 === 0 ? 255 : i % 7 === 0 ? 0 : (i * 97) & 255));
}
