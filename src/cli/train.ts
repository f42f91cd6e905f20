import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { check } from '../errors.ts';
import { onDisk } from '../platform/node/fileSystemError.ts';
import type { TrainExample } from '../train/data/examples.ts';
import type { TrainedPart, TrainProgress } from '../train/fineTuneOptions.ts';
import type { FineTuned } from '../train/run/fineTuned.ts';
import { defaultModel } from './defaultModel.ts';
import { EXIT } from './exit.ts';
import { loadOptions, positiveInteger, threadCount } from './modelOptions.ts';

interface TrainOptions {
  readonly model: string;
  readonly dtype: FloatDtype;
  readonly threads: 'auto' | number;
  readonly revision?: string;
  readonly offline?: boolean;
  readonly part: string;
  readonly epochs?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly validation: number;
  readonly seed: number;
  readonly flip?: boolean;
  readonly checkpoint?: string;
  readonly resume?: boolean;
}

const FLOATS = ['f32', 'f16', 'bf16'] as const;
type FloatDtype = (typeof FLOATS)[number];

const PICTURE = /\.(png|jpe?g|gif|bmp|tiff?|webp)$/i;

export function addTrain(program: Command): void {
  program
    .command('train')
    .description('train a classifier on a folder with one folder of pictures for each class')
    .argument('<folder>', 'its folders are the classes')
    .argument('<out>', 'folder to write: a model that classify, fromPretrained and Python open')
    .addOption(
      new Option('-m, --model <model>', 'folder or hub name of the model to start from').default(
        defaultModel('beit-digits'),
        'handwritten digits, inside the package',
      ),
    )
    .addOption(new Option('-d, --dtype <dtype>', 'how the result is stored').choices(FLOATS).default('f32'))
    .option('-t, --threads <n>', 'threads, or auto', threadCount, 'auto')
    .option('-r, --revision <revision>', 'branch, tag or commit of a hub model')
    .option('--offline', 'take hub models from the cache only')
    .addOption(
      new Option('-p, --part <part>', 'head, lora, all, or the last so many blocks').default('head').argParser(part),
    )
    .option('-e, --epochs <n>', 'default: 100 for the head, else 10', positiveInteger)
    .option('-b, --batch <n>', 'pictures a step; default: 32 for the head, else 8', positiveInteger)
    .option('-l, --learning-rate <x>', 'default: 0.01 for the head, 0.001 for lora, else 0.0001', positive)
    .option('--validation <share>', 'share of each class that is held out', share, 0.1)
    .option('--seed <n>', 'decides over all that is random', Number, 0)
    .option('--flip', 'also show pictures mirrored (not with --part head)')
    .option('--checkpoint <folder>', 'write checkpoints of the run there, after each epoch')
    .option('--resume', 'go on from the newest checkpoint in --checkpoint')
    .action(train);
}

function part(text: string): string {
  if (['head', 'lora', 'all'].includes(text) || /^[1-9]\d*$/.test(text)) return text;
  throw new InvalidArgumentError('Expected head, lora, all or a number of blocks.');
}

function positive(text: string): number {
  if (Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Expected a positive number.');
}

function share(text: string): number {
  const value = Number(text);
  if (value >= 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number from 0 to below 1.');
}

async function train(folder: string, out: string, options: TrainOptions): Promise<void> {
  const { fineTune } = await import('../train/fineTune.ts');
  const trained: TrainedPart = /^\d/.test(options.part)
    ? { lastBlocks: Number(options.part) }
    : (options.part as 'head');
  const { revision, localFilesOnly, threads, onProgress } = loadOptions(options);
  const tuned = await fineTune(options.model, await folderExamples(folder), {
    revision,
    localFilesOnly,
    threads,
    onProgress,
    train: trained,
    epochs: options.epochs,
    batchSize: options.batch,
    learningRate: options.learningRate,
    validation: options.validation,
    seed: options.seed,
    augment: options.flip ? { flip: true } : undefined,
    checkpointTo: options.checkpoint,
    resumeFrom: options.resume ? options.checkpoint : undefined,
    onTraining: reportTraining,
  });
  const files = await tuned.save(out, { dtype: options.dtype });
  report(tuned);
  process.stdout.write(`${files.map((file) => `${out}/${file}`).join('\n')}\n`);
  tuned.dispose();
}

/** Pictures of the folders of a folder, in alphabetical order; each is read when it is needed. */
export async function folderExamples(folder: string): Promise<TrainExample[]> {
  const entries = await onDisk(`read ${folder}`, () => readdir(folder, { withFileTypes: true }));
  const classes = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  check(classes.length > 0, 'InvalidArgument', `Cannot train on ${folder}: expected a folder for each class, got none`);
  const examples: TrainExample[] = [];
  for (const label of classes.sort()) {
    const files = await onDisk(`read ${join(folder, label)}`, () => readdir(join(folder, label)));
    const pictures = files.filter((file) => PICTURE.test(file)).sort();
    check(pictures.length > 0, 'InvalidArgument', () => {
      return `Cannot train on ${folder}: expected pictures of every class, got none in "${label}"`;
    });
    for (const file of pictures) {
      const name = join(folder, label, file);
      examples.push({ label, name, image: () => onDisk(`read ${name}`, () => readFile(name)) });
    }
  }
  return examples;
}

function reportTraining(progress: TrainProgress): void {
  if (progress.status !== 'epoch') return;
  const { epoch, loss, validation } = progress;
  const held = validation
    ? `, held out: loss ${validation.loss.toFixed(4)}, ${percent(validation.accuracy)} right`
    : '';
  process.stderr.write(`epoch ${epoch}: loss ${loss.toFixed(4)}${held}\n`);
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;

function report({ classes, history, bestEpoch, skipped, diverged }: FineTuned): void {
  for (const { name, error } of skipped) process.stderr.write(`skipped ${name}: ${error.message}\n`);
  if (skipped.length > 0) process.exitCode = EXIT.picture;
  if (diverged) {
    process.stderr.write(`the loss of step ${diverged.step} is not finite: these are the last good weights\n`);
    process.exitCode = EXIT.model;
  }
  const best = history.find(({ epoch }) => epoch === bestEpoch)?.validation;
  if (!best) return;
  process.stderr.write(`weights of epoch ${bestEpoch}: ${percent(best.accuracy)} of the held-out pictures are right\n`);
  const width = classes.reduce((most, name) => Math.max(most, name.length), 0);
  for (const { name, precision, recall } of best.perClass) {
    process.stderr.write(`  ${name.padEnd(width)}  precision ${percent(precision)}, recall ${percent(recall)}\n`);
  }
}
