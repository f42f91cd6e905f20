import type { AugmentOptions } from '../augment/augment.ts';
import { check, checkChoice } from '../errors.ts';
import type { CreateFile } from '../loading/createFile.ts';
import type { ModelSource, SourceOptions } from '../loading/source.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { quoted } from '../quoted.ts';
import type { BadPicture } from './data/pictureStore.ts';
import type { OptimizerOptions } from './optimizer/optimizer.ts';
import type { ScheduleOptions } from './optimizer/schedule.ts';

/** What every run over pictures can be told, whatever it trains. */
export interface TrainRunOptions extends SourceOptions, Omit<OptimizerOptions, 'decays'> {
  /** Times that every picture is seen. */
  readonly epochs?: number | undefined;
  /** Pictures a micro-batch. */
  readonly batchSize?: number | undefined;
  /** Micro-batches a step; default 1. */
  readonly accumulationSteps?: number | undefined;
  /** The highest one. */
  readonly learningRate?: number | undefined;
  /** After the warm-up; default `cosine`. */
  readonly decay?: ScheduleOptions['decay'];
  /** Share of the steps over which the rate rises; default 0.1. */
  readonly warmUp?: number | undefined;
  /** Begins with random weights by `seed`: only the config and the image processor of the source are used. Default false. */
  readonly randomWeights?: boolean | undefined;
  /** Drops what the config says, as transformers' train mode does; default false. */
  readonly dropout?: boolean | undefined;
  /** What layers are kept as that are not trained, under adapters for example; default `f32`. `f16` takes half the memory. */
  readonly frozenDtype?: 'f32' | 'f16' | undefined;
  /** Keeps only the inputs of the blocks and computes their insides again: less memory, a third more time. Default false. */
  readonly gradientCheckpointing?: boolean | undefined;
  /** Default `skip`: pictures that cannot be read are left out and listed in `skipped`. */
  readonly onBadPicture?: BadPicture | undefined;
  /**
   * Workers that decode, augment and resize pictures while the thread that trains computes, in Node, Deno, Bun and pages. Results do
   * not depend on it. Default 0: the thread that trains reads them too, between steps.
   */
  readonly pictureWorkers?: number | undefined;
  /** Decides over everything that is random; default 0. */
  readonly seed?: number | undefined;
  /** Default `'auto'`: as many as the machine has cores, at most 8. Results do not depend on it. */
  readonly threads?: 'auto' | number | undefined;
  /** Where to write checkpoints of the run, after each epoch. Default: none are written. */
  readonly checkpointTo?: string | CreateFile | undefined;
  /** Also after so many steps. Default: only after epochs. */
  readonly checkpointEvery?: number | undefined;
  /** Goes on from the newest checkpoint there, to the bits that an uninterrupted run has. Default: the run begins anew. */
  readonly resumeFrom?: ModelSource | undefined;
}

/** Of the options that depend on what is trained. */
interface OwnDefaults {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/** {@link TrainRunOptions} with their defaults, checked. @throws `InvalidArgument` */
export function runDefaults(options: TrainRunOptions & { augment?: AugmentOptions | undefined }, own: OwnDefaults) {
  checkOptions(options.augment ?? {}, OPTIONS.augment, 'augment');
  checkChoice('onBadPicture', options.onBadPicture, ['skip', 'throw']);
  const all = {
    epochs: options.epochs ?? own.epochs,
    batchSize: options.batchSize ?? own.batchSize,
    accumulationSteps: options.accumulationSteps ?? 1,
    learningRate: options.learningRate ?? own.learningRate,
    warmUp: options.warmUp ?? 0.1,
    seed: options.seed ?? 0,
  };
  for (const name of ['epochs', 'batchSize', 'accumulationSteps'] as const) {
    check(Number.isInteger(all[name]) && all[name] > 0, 'InvalidArgument', () => {
      return `Invalid ${name}: expected a positive integer, got ${quoted(all[name])}`;
    });
  }
  checkShare('warmUp', all.warmUp);
  check(all.learningRate > 0, 'InvalidArgument', () => {
    return `Invalid learningRate: expected a positive number, got ${quoted(all.learningRate)}`;
  });
  return all;
}

/** @throws `InvalidArgument` */
export function checkShare(name: string, value: number): void {
  check(value >= 0 && value < 1, 'InvalidArgument', () => {
    return `Invalid ${name}: expected a number from 0 to below 1, got ${quoted(value)}`;
  });
}

/** Options that change what a run computes, besides those that {@link runDefaults} gives. */
const COMPUTED = [
  ...['optimizer', 'betas', 'epsilon', 'momentum', 'weightDecay', 'layerDecay', 'maxGradientNorm', 'averageDecay'],
  ...['decay', 'dropout', 'augment', 'mixup', 'cutmix', 'lora', 'balance', 'masking', 'randomWeights', 'frozenDtype'],
];

/** What a resumed run must have in common with the one before it, as text. `others`: what it is besides its options. */
export function runIdentity(options: TrainRunOptions, others: Record<string, unknown>): string {
  const given = COMPUTED.map((name) => [name, (options as Record<string, unknown>)[name]]);
  return JSON.stringify({ ...others, ...Object.fromEntries(given) });
}
