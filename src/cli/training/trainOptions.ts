import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AugmentOptions } from '../../augment/augment.ts';
import type { TrainRunOptions } from '../../train/runOptions.ts';
import { defaultModel } from '../defaultModel.ts';
import { positiveInteger, sourceOptions, threadCount } from '../modelOptions.ts';

const FLOATS = ['f32', 'f16', 'bf16'] as const;

/** What every command that trains takes. */
export interface TrainCommandOptions {
  readonly model: string;
  readonly randomWeights?: boolean;
  readonly dtype: (typeof FLOATS)[number];
  readonly threads: 'auto' | number;
  readonly revision?: string;
  readonly offline?: boolean;
  readonly epochs?: number;
  readonly batch?: number;
  readonly accumulate?: number;
  readonly learningRate?: number;
  readonly optimizer: 'adamw' | 'adamw8bit' | 'sgd';
  readonly layerDecay?: number;
  readonly clip?: number;
  readonly average?: number;
  readonly validation: number;
  readonly seed: number;
  readonly flip?: boolean;
  readonly crop?: number;
  readonly jitter?: number;
  readonly rotate?: number;
  readonly dropout?: boolean;
  readonly recompute?: boolean;
  readonly pictureWorkers: number;
  readonly strict?: boolean;
  readonly checkpoint?: string;
  readonly resume?: boolean;
}

/** Adds them; `inside` is the model of the package that training starts from unless told otherwise. */
export function addTrainOptions(command: Command, inside: string): Command {
  const model = new Option('-m, --model <model>', 'folder or hub name of the model to start from');
  return command
    .addOption(model.default(defaultModel(inside), 'a model of handwritten digits, inside the package'))
    .option('--random-weights', 'start from random weights; of the model take only its config and image processor')
    .addOption(new Option('-d, --dtype <dtype>', 'how the result is stored').choices(FLOATS).default('f32'))
    .option('-t, --threads <n>', 'threads, or auto', threadCount, 'auto')
    .option('-r, --revision <revision>', 'branch, tag or commit of a hub model')
    .option('--offline', 'take hub models from the cache only')
    .option('-b, --batch <n>', 'pictures in memory at once', positiveInteger)
    .option('--accumulate <n>', 'such batches a step (default: 1)', positiveInteger)
    .addOption(
      new Option('--optimizer <name>', 'adamw8bit takes a quarter of the memory for its means')
        .choices(['adamw', 'adamw8bit', 'sgd'])
        .default('adamw'),
    )
    .option('--layer-decay <x>', 'the rate of a layer is this times that of the layer above it', positive)
    .option('--clip <norm>', 'bring the norm of all gradients down to this', positive)
    .option('--average <decay>', 'keep a moving average of the weights, as 0.999', shareOf)
    .option('--validation <share>', 'share of each class that is held out', shareOf, 0.1)
    .option('--seed <n>', 'decides over all that is random', Number, 0)
    .option('--flip', 'also show pictures mirrored')
    .option('--crop <share>', 'show random parts of at least this share of the area', shareOf)
    .option('--jitter <x>', 'change brightness, contrast and saturation by up to this share', positive)
    .option('--rotate <degrees>', 'turn pictures by up to this', positive)
    .option('--dropout', 'drop what the config says')
    .option('--recompute', 'less memory, more time: keep only the inputs of the blocks')
    .option('--picture-workers <n>', 'workers that read pictures while others compute', wholeNumber, 1)
    .option('--strict', 'stop at a picture that cannot be read')
    .option('--checkpoint <folder>', 'write checkpoints of the run there, after each epoch')
    .option('--resume', 'go on from the newest checkpoint in --checkpoint');
}

/** The same for the library. */
export function runOptions(options: TrainCommandOptions) {
  const { revision, localFilesOnly, threads, onProgress } = sourceOptions(options);
  const own: TrainRunOptions = {
    ...{ revision, localFilesOnly, threads, onProgress },
    randomWeights: options.randomWeights,
    epochs: options.epochs,
    batchSize: options.batch,
    accumulationSteps: options.accumulate,
    learningRate: options.learningRate,
    optimizer: options.optimizer,
    layerDecay: options.layerDecay,
    maxGradientNorm: options.clip,
    averageDecay: options.average,
    seed: options.seed,
    dropout: options.dropout,
    gradientCheckpointing: options.recompute,
    onBadPicture: options.strict ? 'throw' : 'skip',
    pictureWorkers: options.pictureWorkers,
    checkpointTo: options.checkpoint,
    resumeFrom: options.resume ? options.checkpoint : undefined,
  };
  return { ...own, validation: options.validation };
}

/** How pictures are augmented; nothing when nothing was asked for, so that prepared pictures can be kept. */
export function augmentOptions({ flip, crop, jitter, rotate }: TrainCommandOptions): AugmentOptions | undefined {
  if (!flip && !crop && !jitter && !rotate) return undefined;
  const affine = rotate === undefined ? undefined : { degrees: rotate };
  return { flip, minimumCrop: crop, colorJitter: jitter, affine };
}

export function positive(text: string): number {
  if (Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Expected a positive number.');
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}

export function shareOf(text: string): number {
  const value = Number(text);
  if (value >= 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number from 0 to below 1.');
}
