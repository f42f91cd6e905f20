import type { ResampleCoefficients } from '../../src/image/resample/resampleCoefficients.ts';

/** clip8((2²¹ + Σ weights·samples) >> 22) down one axis, in exact integers: sample t of line i is at(i's start + t). */
export function resampleAxis(
  { taps, starts, counts, weights }: ResampleCoefficients,
  at: (t: number) => number,
): number[] {
  return Array.from(starts, (start, i) => {
    let sum = 1n << 21n;
    for (let t = 0; t < counts[i]; t++) sum += BigInt(weights[i * taps + t]) * BigInt(at(start + t));
    return Math.min(Math.max(Number(sum >> 22n), 0), 255);
  });
}
