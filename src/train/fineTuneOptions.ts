import type { AugmentOptions } from '../augment/augment.ts';
import { check } from '../errors.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { quoted } from '../quoted.ts';
import type { TrainData } from './data/examples.ts';
import type { MixOptions } from './data/mix.ts';
import type { LoraOptions } from './lora.ts';
import type { Evaluation } from './metrics.ts';
import { checkShare, runDefaults, type TrainRunOptions } from './runOptions.ts';

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
export interface FineTuneOptions extends TrainRunOptions, MixOptions {
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
  /** The highest one; default 0.01 for the head alone, 0.001 for adapters, else 0.0001. */
  readonly learningRate?: number | undefined;
  /** Draws all classes equally often, with replacement, so that an epoch has as many examples as before. Default false. */
  readonly balance?: boolean | undefined;
  /** A share of each label that is spread over all classes; default 0. */
  readonly labelSmoothing?: number | undefined;
  /** Not for the head alone, whose features are computed once. Default: pictures are only resized. */
  readonly augment?: AugmentOptions | undefined;
  /** The share of each class that is held out, or other examples to validate on; default 0.1. */
  readonly validation?: number | TrainData | undefined;
  /** Called after each step and each epoch. */
  readonly onTraining?: ((progress: TrainProgress) => void) | undefined;
}

/** {@link FineTuneOptions} with its defaults. */
export function fineTuneDefaults(options: FineTuneOptions) {
  checkOptions(options, OPTIONS.fineTune);
  checkOptions(options.lora ?? {}, OPTIONS.lora, 'lora');
  const { train = 'head', labelSmoothing = 0, validation = 0.1 } = options;
  const known = train === 'head' || train === 'lora' || train === 'all';
  const blocks = Object(train) as { lastBlocks?: number };
  check(known || (Number.isInteger(blocks.lastBlocks) && blocks.lastBlocks! > 0), 'InvalidArgument', () => {
    return `Invalid train: expected head, lora, all or { lastBlocks: n }, got ${quoted(train)}`;
  });
  const head = train === 'head';
  const learningRate = head ? 0.01 : train === 'lora' ? 0.001 : 0.0001;
  const own = { epochs: head ? 100 : 10, batchSize: head ? 32 : 8, learningRate };
  checkShare('labelSmoothing', labelSmoothing);
  if (typeof validation === 'number') checkShare('validation', validation);
  return { train, labelSmoothing, validation, ...runDefaults(options, own) };
}
