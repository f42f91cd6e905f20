import { check, checkChoice } from '../errors.ts';
import type { CreateFile } from '../loading/createFile.ts';
import type { ModelSource, SourceOptions } from '../loading/source.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { quoted } from '../quoted.ts';
import type { AugmentOptions } from './data/augment.ts';
import type { TrainData } from './data/examples.ts';
import type { MixOptions } from './data/mix.ts';
import type { BadPicture } from './data/pictureStore.ts';
import type { LoraOptions } from './lora.ts';
import type { Evaluation } from './metrics.ts';
import type { OptimizerOptions } from './optimizer/optimizer.ts';
import type { ScheduleOptions } from './optimizer/schedule.ts';

/** What is trained: the classifier over features computed once; adapters and the classifier; the last blocks; everything. */
export type TrainedPart = 'head' | 'lora' | 'all' | { readonly lastBlocks: number };

/** What is known after each epoch. */
export interface EpochMetrics {
  /** From 1 on. */
  readonly epoch: number;
  /** Steps since the beginning of the run. */
  readonly step: number;
  /** Mean loss of the epoch's steps, as it was trained on (smoothed, mixed). */
  readonly loss: number;
  readonly learningRate: number;
  /** Of the held-out examples; null where there are none. */
  readonly validation: Evaluation | null;
}

/** Where a run is. */
export type TrainProgress =
  | { readonly status: 'features'; readonly done: number; readonly total: number }
  | { readonly status: 'step'; readonly step: number; readonly totalSteps: number; readonly loss: number }
  | ({ readonly status: 'epoch' } & EpochMetrics);

/** How {@link fineTune} trains. */
export interface FineTuneOptions extends SourceOptions, Omit<OptimizerOptions, 'decays'>, MixOptions {
  /** Default `head`. */
  readonly train?: TrainedPart | undefined;
  /** Of `train: 'lora'`; each has a default. */
  readonly lora?: LoraOptions | undefined;
  /** Names of the classes in their order; default: the names in the data, sorted. */
  readonly classes?: readonly string[] | undefined;
  /** Default 100 for the head alone, else 10. */
  readonly epochs?: number | undefined;
  /** Pictures a micro-batch; default 32 for the head alone, else 8. */
  readonly batchSize?: number | undefined;
  /** Micro-batches a step; default 1. */
  readonly accumulationSteps?: number | undefined;
  /** The highest one; default 0.01 for the head alone, 0.001 for adapters, else 0.0001. */
  readonly learningRate?: number | undefined;
  /** After the warm-up; default `cosine`. */
  readonly decay?: ScheduleOptions['decay'];
  /** Share of the steps over which the rate rises; default 0.1. */
  readonly warmUp?: number | undefined;
  /** A share of each label that is spread over all classes; default 0. */
  readonly labelSmoothing?: number | undefined;
  /** Not for the head alone, whose features are computed once. Default: pictures are only resized. */
  readonly augment?: AugmentOptions | undefined;
  /** Drops what the config says, as transformers' train mode does; default false. */
  readonly dropout?: boolean | undefined;
  /** Keeps only the inputs of the blocks and computes their insides again: less memory, a third more time. Default false. */
  readonly gradientCheckpointing?: boolean | undefined;
  /** The share of each class that is held out, or other examples to validate on; default 0.1. */
  readonly validation?: number | TrainData | undefined;
  /** Default `skip`: pictures that cannot be read are left out and listed in `skipped`. */
  readonly onBadPicture?: BadPicture | undefined;
  /** Decides over everything that is random; default 0. */
  readonly seed?: number | undefined;
  /** Default `'auto'`: as many as the machine has cores, at most 8. Results do not depend on it. */
  readonly threads?: 'auto' | number | undefined;
  /** Called after each step and each epoch. */
  readonly onTraining?: ((progress: TrainProgress) => void) | undefined;
  /** Where to write checkpoints of the run, after each epoch. Default: none are written. */
  readonly checkpointTo?: string | CreateFile | undefined;
  /** Also after so many steps. Default: only after epochs. */
  readonly checkpointEvery?: number | undefined;
  /** Goes on from the newest checkpoint there, to the bits that an uninterrupted run has. Default: the run begins anew. */
  readonly resumeFrom?: ModelSource | undefined;
}

/** {@link FineTuneOptions} with its defaults. */
export function fineTuneDefaults(options: FineTuneOptions) {
  checkOptions(options, OPTIONS.fineTune);
  checkOptions(options.lora ?? {}, OPTIONS.lora, 'lora');
  checkOptions(options.augment ?? {}, OPTIONS.augment, 'augment');
  const { train = 'head' } = options;
  const known = train === 'head' || train === 'lora' || train === 'all';
  const blocks = Object(train) as { lastBlocks?: number };
  check(known || (Number.isInteger(blocks.lastBlocks) && blocks.lastBlocks! > 0), 'InvalidArgument', () => {
    return `Invalid train: expected head, lora, all or { lastBlocks: n }, got ${quoted(train)}`;
  });
  checkChoice('onBadPicture', options.onBadPicture, ['skip', 'throw']);
  const head = train === 'head';
  const all = {
    train,
    epochs: options.epochs ?? (head ? 100 : 10),
    batchSize: options.batchSize ?? (head ? 32 : 8),
    accumulationSteps: options.accumulationSteps ?? 1,
    learningRate: options.learningRate ?? (head ? 0.01 : train === 'lora' ? 0.001 : 0.0001),
    warmUp: options.warmUp ?? 0.1,
    labelSmoothing: options.labelSmoothing ?? 0,
    validation: options.validation ?? 0.1,
    seed: options.seed ?? 0,
  };
  for (const name of ['epochs', 'batchSize', 'accumulationSteps'] as const) {
    check(Number.isInteger(all[name]) && all[name] > 0, 'InvalidArgument', () => {
      return `Invalid ${name}: expected a positive integer, got ${quoted(all[name])}`;
    });
  }
  for (const name of ['warmUp', 'labelSmoothing'] as const) inShare(name, all[name]);
  if (typeof all.validation === 'number') inShare('validation', all.validation);
  check(all.learningRate > 0, 'InvalidArgument', () => {
    return `Invalid learningRate: expected a positive number, got ${quoted(all.learningRate)}`;
  });
  return all;
}

function inShare(name: string, value: number): void {
  check(value >= 0 && value < 1, 'InvalidArgument', () => {
    return `Invalid ${name}: expected a number from 0 to below 1, got ${quoted(value)}`;
  });
}
