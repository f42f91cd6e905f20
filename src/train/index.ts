/**
 * Training: an entry of its own (`beit-wasm/train`), with a core of its own inside, so that what only computes does not
 * grow. Errors are `BeitError`s of this entry: tell them by their `code`, not by `instanceof` of the class of another.
 */

export type { AffineOptions } from '../augment/affine.ts';
export type { AugmentOptions } from '../augment/augment.ts';
export type { PixelMaker } from '../augment/augmentedPixels.ts';
export type { ColorJitter } from '../augment/colorJitter.ts';
export { BeitError, type ErrorCode } from '../errors.ts';
export { BeitConfig, type BeitConfigInit } from '../model/beit/config/config.ts';
export { AdaptedClassifier, type AdaptedGuess, type AdaptedOptions } from './adaptedClassifier.ts';
export type { LossOf, TrainLabels } from './classLosses.ts';
export type { TrainData, TrainExample, TrainPicture } from './data/examples.ts';
export type { MixOptions } from './data/mix.ts';
export { PatchCodebook, type PatchCodebookOptions } from './data/patchCodebook.ts';
export type { BadPicture, SkippedPicture } from './data/pictureStore.ts';
export { type EvaluateOptions, evaluate } from './evaluate.ts';
export { evaluationSvg } from './evaluationSvg.ts';
export { fineTune } from './fineTune.ts';
export type { EpochMetrics, FineTuneOptions, TrainedPart, TrainProgress } from './fineTuneOptions.ts';
export type { LoraOptions } from './lora.ts';
export type { ClassFigures, Evaluation } from './metrics.ts';
export type { TrainableClass } from './model/trainedClasses.ts';
export type { OptimizerOptions } from './optimizer/optimizer.ts';
export { learningRateFactor, type ScheduleOptions } from './optimizer/schedule.ts';
export type { AdapterNaming, LoraTarget } from './peftNames.ts';
export { type Attribution, PixelAttribution, type PixelAttributionOptions } from './pixelAttribution.ts';
export { pretrain } from './pretrain.ts';
export type {
  MaskedScore,
  PixelTokenizer,
  PretrainEpoch,
  PretrainOptions,
  PretrainProgress,
} from './pretrainOptions.ts';
export { FineTuned } from './run/fineTuned.ts';
export { Pretrained } from './run/pretrained.ts';
export type { Divergence } from './run/runSettings.ts';
export type { TrainRunOptions } from './runOptions.ts';
export { Trainer, type TrainerOptions, type TrainStep } from './trainer.ts';
export { type TrainMemory, type TrainMemoryOptions, trainMemoryPlan } from './trainMemoryPlan.ts';
export type { OutputLoss, OutputValues } from './trainSessionOptions.ts';
