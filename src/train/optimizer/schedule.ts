import { check } from '../../errors.ts';
import { cosineOfPi } from '../../sine.ts';

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
