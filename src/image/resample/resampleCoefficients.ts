import { KERNELS } from './filterKernels.ts';
import type { ResampleFilter } from './resampleFilter.ts';

/** Fraction bits of a weight: 8 bits for the sample, 2 for the overshoot of negative lobes, 22 of 32 are left. */
export const WEIGHT_BITS = 22;

/** One axis of a resize: output i is Σ weights[i·taps + t] · input[starts[i] + t] over t < counts[i], in units of 2⁻²². */
export interface ResampleCoefficients {
  readonly taps: number;
  readonly starts: Int32Array; // [out]
  readonly counts: Int32Array; // [out]
  readonly weights: Int32Array; // [out, taps]
}

/**
 * The fixed-point weights with which Pillow resizes an axis of `inputSize` samples to `outputSize`: the kernel, stretched
 * by the scale when shrinking, sampled in double precision, normalized to sum 1 and rounded to 22 bits.
 */
export function resampleCoefficients(
  inputSize: number,
  outputSize: number,
  filter: Exclude<ResampleFilter, 'nearest'>,
): ResampleCoefficients {
  const kernel = KERNELS[filter];
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const taps = Math.min(Math.ceil(support) * 2 + 1, inputSize);
  const starts = new Int32Array(outputSize);
  const counts = new Int32Array(outputSize);
  const weights = new Int32Array(outputSize * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < outputSize; i++) {
    const center = (i + 0.5) * scale;
    const start = Math.max(Math.trunc(center - support + 0.5), 0);
    const count = Math.min(Math.trunc(center + support + 0.5), inputSize) - start;
    for (let t = 0; t < count; t++) exact[t] = kernel.at((t + start - center + 0.5) * (1 / stretch));
    starts[i] = start;
    counts[i] = count;
    toFixedPoint(weights.subarray(i * taps, i * taps + count), exact);
  }
  return { taps, starts, counts, weights };
}

/** round(weights / Σ weights · 2²²), halves away from zero. */
function toFixedPoint(fixed: Int32Array, exact: Float64Array): void {
  let sum = 0;
  for (let t = 0; t < fixed.length; t++) sum += exact[t];
  for (let t = 0; t < fixed.length; t++) {
    const weight = (sum === 0 ? exact[t] : exact[t] / sum) * 2 ** WEIGHT_BITS;
    fixed[t] = Math.trunc(weight + (weight < 0 ? -0.5 : 0.5));
  }
}

/** The coefficients for an axis of `inputSize` samples that is stored from its end to its start: the same sums. */
export function mirroredCoefficients(coefficients: ResampleCoefficients, inputSize: number): ResampleCoefficients {
  const { taps, starts, counts, weights } = coefficients;
  const mirrored = weights.slice();
  for (const [i, count] of counts.entries()) mirrored.subarray(i * taps, i * taps + count).reverse();
  return { taps, counts, starts: starts.map((start, i) => inputSize - start - counts[i]), weights: mirrored };
}
