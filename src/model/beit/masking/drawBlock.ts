import type { Grid } from '../../../interpolate.ts';
import { exp, ln } from '../../../math.ts';
import type { Random } from '../random.ts';

interface BlockLimits {
  /** Unit: patches. */
  readonly minNumPatches: number;
  /** Height to width. */
  readonly minAspect: number;
  readonly maxAspect: number;
}

/**
 * Area uniform from `minNumPatches` to `most` (backwards when `most` is less), aspect uniform in its logarithm; sides
 * rounded, halves to even as Python does.
 */
export function drawBlock(random: Random, { minNumPatches, minAspect, maxAspect }: BlockLimits, most: number): Grid {
  const area = minNumPatches + (most - minNumPatches) * random.uniform();
  const [low, high] = [ln(minAspect), ln(maxAspect)];
  const aspect = exp(low + (high - low) * random.uniform());
  return { height: roundToEven(Math.sqrt(area * aspect)), width: roundToEven(Math.sqrt(area / aspect)) };
}

function roundToEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}
