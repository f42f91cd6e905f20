import type { AugmentOptions } from '../augment/augment.ts';
import type { PixelMaker } from '../augment/augmentedPixels.ts';
import { check } from '../errors.ts';
import type { BlockMaskingOptions } from '../model/beit/masking/blockMasking.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { quoted } from '../quoted.ts';
import type { Tensor } from '../tensor.ts';
import { checkShare, runDefaults, type TrainRunOptions } from './runOptions.ts';

/** What gives visual tokens: a `VisualTokenizer`, a {@link PatchCodebook}, or anything with the same two members. */
export interface PixelTokenizer {
  readonly vocabSize: number;
  /** Makes the pixels that it takes; default: those of the model. */
  readonly processor?: PixelMaker | undefined;
  /**
   * The tokens of one picture.
   *
   * @param pixelValues [1, channels, height, width]
   * @param options signal; default none
   * @returns int32, one token for each patch of the model
   */
  encodePixels(
    pixelValues: Tensor,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Tensor<'int32'> | Promise<Tensor<'int32'>>;
}

/** How well hidden tokens are guessed. */
export interface MaskedScore {
  /** Mean cross entropy of the hidden tokens. */
  readonly loss: number;
  /** Share of hidden tokens that are right. */
  readonly accuracy: number;
}

/** What is known after an epoch of {@link pretrain}. */
export interface PretrainEpoch {
  /** From 1 on. */
  readonly epoch: number;
  /** Steps since the beginning of the run. */
  readonly step: number;
  /** Mean loss of the epoch's steps. */
  readonly loss: number;
  readonly learningRate: number;
  /** On the held-out pictures; null where there are none. */
  readonly validation: MaskedScore | null;
}

/** Where a pre-training run is. */
export type PretrainProgress =
  | { readonly status: 'step'; readonly step: number; readonly totalSteps: number; readonly loss: number }
  | ({ readonly status: 'epoch' } & PretrainEpoch);

/** How {@link pretrain} trains. */
export interface PretrainOptions extends TrainRunOptions {
  /** What gives the tokens that the model learns to guess. */
  readonly tokenizer: PixelTokenizer;
  /** Which patches are hidden; default: 40 % of them, in blocks of a twelfth at least, as 75 and 16 of 196 in the paper. */
  readonly masking?: Partial<Omit<BlockMaskingOptions, 'height' | 'width' | 'seed'>> | undefined;
  /** The same cropped picture goes to the model and to the tokenizer. Default: pictures are only resized. */
  readonly augment?: Omit<AugmentOptions, 'erase'> | undefined;
  /** Default 10. */
  readonly epochs?: number | undefined;
  /** Pictures a micro-batch; default 8. */
  readonly batchSize?: number | undefined;
  /** The highest one; default 0.0015, as in BEiT's recipe for steps of 2,048 pictures. */
  readonly learningRate?: number | undefined;
  /** The share of the pictures that is held out; default 0.1. */
  readonly validation?: number | undefined;
  /** Called after each step and each epoch. */
  readonly onTraining?: ((progress: PretrainProgress) => void) | undefined;
}

/** {@link PretrainOptions} with its defaults. */
export function pretrainDefaults(options: PretrainOptions) {
  checkOptions(options, OPTIONS.pretrain);
  const { validation = 0.1, tokenizer } = options;
  const isTokenizer = typeof tokenizer?.encodePixels === 'function' && Number.isInteger(tokenizer.vocabSize);
  check(isTokenizer, 'InvalidArgument', () => {
    return `Invalid tokenizer: expected a VisualTokenizer or a PatchCodebook, got ${quoted(tokenizer)}`;
  });
  const { erase } = Object(options.augment) as AugmentOptions;
  check(!erase, 'InvalidArgument', 'Invalid augment: erase is not for pre-training, whose masks hide patches');
  checkShare('validation', validation);
  return { validation, ...runDefaults(options, { epochs: 10, batchSize: 8, learningRate: 1.5e-3 }) };
}
