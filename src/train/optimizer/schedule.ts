import { check } from '../../errors.ts';

/** How the learning rate changes over the steps of a run. */
export interface ScheduleOptions {
  /** After the warm-up: half a cosine down to `minimum`, a line down to it, or none. Default `cosine`. */
  readonly decay?: 'cosine' | 'linear' | 'none' | undefined;
  /** Steps over which the rate rises in a line from 0. Default 0. */
  readonly warmUpSteps?: number | undefined;
  readonly totalSteps: number;
  /** As a share of the highest rate. Default 0. */
  readonly minimum?: number | undefined;
}

/**
 * The learning rate of a step (from 0 on) as a share of the highest one, as transformers' schedules compute it.
 *
 * @param step from 0 on
 * @param options decay, warm-up and length of the run
 * @returns a share from 0 to 1
 * @throws `InvalidArgument` unless `totalSteps` is positive
 * @example
 * learningRateFactor(0, { warmUpSteps: 10, totalSteps: 100 }); // 0
 */
export function learningRateFactor(step: number, options: ScheduleOptions): number {
  const { decay = 'cosine', warmUpSteps = 0, totalSteps, minimum = 0 } = options;
  check(totalSteps > 0, 'InvalidArgument', `Invalid totalSteps: expected a positive number, got ${totalSteps}`);
  if (step < warmUpSteps) return step / warmUpSteps;
  if (decay === 'none') return 1;
  const share = Math.min(1, (step - warmUpSteps) / Math.max(1, totalSteps - warmUpSteps));
  const rest = decay === 'linear' ? 1 - share : 0.5 * (1 + cosineOfPi(share));
  return minimum + (1 - minimum) * rest;
}

/** cos(π·t) for 0 ≤ t ≤ 1, from IEEE operations alone: the same bits in every engine. */
export function cosineOfPi(t: number): number {
  if (t > 0.5) return -cosineOfPi(1 - t);
  if (t > 0.25) return sineOfPi(0.5 - t);
  const x2 = (Math.PI * t) ** 2;
  let sum = 1;
  // the series backwards; 20 terms are more than f64 needs up to π/4
  for (let k = 20; k >= 2; k -= 2) sum = 1 - (x2 * sum) / (k * (k - 1));
  return sum;
}

/** sin(π·t) for 0 ≤ t ≤ ¼. */
function sineOfPi(t: number): number {
  const x = Math.PI * t;
  let sum = 1;
  for (let k = 21; k >= 3; k -= 2) sum = 1 - (x * x * sum) / (k * (k - 1));
  return x * sum;
}
