import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { TrainedPart } from '../../train/fineTuneOptions.ts';
import type { FineTuned } from '../../train/run/fineTuned.ts';
import { positiveInteger } from '../modelOptions.ts';
import { writeOutput } from '../writeOutput.ts';
import { folderExamples } from './classFolders.ts';
import {
  addTrainOptions,
  augmentOptions,
  positive,
  runOptions,
  shareOf,
  type TrainCommandOptions,
} from './trainOptions.ts';
import { percent, reportClasses, reportEpoch, reportTroubles } from './trainReport.ts';

interface TrainOptions extends TrainCommandOptions {
  readonly part: string;
  readonly balance?: boolean;
  readonly erase?: number;
  readonly mixup?: number;
  readonly cutmix?: number;
  readonly labelSmoothing?: number;
  readonly rank?: number;
  readonly adapter?: string;
  readonly naming: 'transformers4' | 'transformers5';
}

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description('train a classifier on a folder with one folder of pictures for each class')
    .argument('<folder>', 'its folders are the classes')
    .argument('<out>', 'folder to write: a model that classify, fromPretrained and Python open, and evaluation.svg');
  addTrainOptions(command, 'beit-digits')
    .addOption(
      new Option('-p, --part <part>', 'head, lora, all, or the last so many blocks').default('head').argParser(part),
    )
    .option('-e, --epochs <n>', 'default: 100 for the head, else 10', positiveInteger)
    .option('-l, --learning-rate <x>', 'default: 0.01 for the head, 0.001 for lora, else 0.0001', positive)
    .option('--balance', 'draw all classes equally often')
    .option('--erase <share>', 'share of pictures in which a random box becomes noise', shareOf)
    .option('--mixup <alpha>', 'mix pictures and their labels', positive)
    .option('--cutmix <alpha>', 'paste boxes of other pictures', positive)
    .option('--label-smoothing <share>', 'spread this share of each label over all classes', shareOf)
    .option('--rank <n>', 'of the adapters of --part lora (default: 8)', positiveInteger)
    .option('--adapter <folder>', 'also write the adapters of --part lora there, as PEFT reads them')
    .addOption(
      new Option('--naming <version>', 'whose names of layers the adapters have')
        .choices(['transformers4', 'transformers5'])
        .default('transformers4'),
    )
    .action(train);
}

function part(text: string): string {
  if (['head', 'lora', 'all'].includes(text) || /^[1-9]\d*$/.test(text)) return text;
  throw new InvalidArgumentError('Expected head, lora, all or a number of blocks.');
}

async function train(folder: string, out: string, options: TrainOptions): Promise<void> {
  const { fineTune } = await import('../../train/fineTune.ts');
  const trained: TrainedPart = /^\d/.test(options.part)
    ? { lastBlocks: Number(options.part) }
    : (options.part as 'head');
  const { balance, mixup, cutmix, labelSmoothing, rank, erase } = options;
  const changed = augmentOptions(options);
  const tuned = await fineTune(options.model, await folderExamples(folder), {
    ...runOptions(options),
    ...{ balance, mixup, cutmix, labelSmoothing },
    train: trained,
    lora: rank === undefined ? undefined : { rank },
    augment: changed || erase ? { ...changed, erase } : undefined,
    onTraining: reportEpoch,
  });
  const files = (await tuned.save(out, { dtype: options.dtype })).map((file) => join(out, file));
  if (options.adapter) {
    const written = await tuned.saveAdapter(options.adapter, options.naming);
    files.push(...written.map((file) => join(options.adapter!, file)));
  }
  const drawn = await report(tuned, out);
  process.stdout.write(`${[...files, ...drawn].join('\n')}\n`);
  tuned.dispose();
}

/** Says what came out, and draws the evaluation of the weights that were kept. */
async function report({ history, bestEpoch, skipped, diverged }: FineTuned, out: string): Promise<string[]> {
  reportTroubles(skipped, diverged);
  const best = history.find(({ epoch }) => epoch === bestEpoch)?.validation;
  if (!best) return [];
  process.stderr.write(`weights of epoch ${bestEpoch}: ${percent(best.accuracy)} of the held-out pictures are right\n`);
  reportClasses(best);
  const { evaluationSvg } = await import('../../train/evaluationSvg.ts');
  const file = join(out, 'evaluation.svg');
  await writeOutput(file, new TextEncoder().encode(evaluationSvg(best, 'Held-out pictures')));
  return [file];
}
