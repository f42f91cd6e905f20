import { type Command, InvalidArgumentError, Option } from 'commander';
import { ARITHMETICS, type Arithmetic } from '../device.ts';
import { DTYPES, type Dtype } from '../dtype.ts';
import type { Truncated } from '../image/decodePicture.ts';
import type { PictureOptions } from '../input/pictureInput.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import { defaultModel } from './defaultModel.ts';
import { progressOnTerminal, warnOnTerminal } from './progress.ts';

/** What every command that runs a model takes. */
export interface ModelOptions {
  readonly model: string;
  readonly dtype?: Dtype;
  readonly threads: 'auto' | number;
  readonly arithmetic?: Arithmetic;
  readonly wideVectors?: boolean;
  readonly revision?: string;
  readonly offline?: boolean;
  readonly maxPixels?: number;
  readonly truncated?: Truncated;
}

/** Adds --model, --dtype, --max-pixels, --truncated and their like to a command that reads pictures; `inside` is the model of the package it falls back to, if it has one. */
export function addModelOptions(command: Command, what: string, inside: string | null = 'beit-digits'): Command {
  const model = new Option('-m, --model <model>', `folder or hub name of ${what}`);
  if (inside) model.default(defaultModel(inside), 'handwritten digits, inside the package');
  return command
    .addOption(model.makeOptionMandatory(inside === null))
    .addOption(
      new Option('-d, --dtype <dtype>', 'how weights are kept (default: as they are stored, else f32)').choices(DTYPES),
    )
    .option('-t, --threads <n>', 'threads, or auto', threadCount, 'auto')
    .addOption(
      new Option('--arithmetic <arithmetic>', 'how f32 products are rounded (default: strict)').choices(ARITHMETICS),
    )
    .addOption(wideVectorsOption())
    .option('-r, --revision <revision>', 'branch, tag or commit of a hub model')
    .option('--offline', 'take hub models from the cache only')
    .addOption(maxPixelsOption())
    .addOption(truncatedOption());
}

/** --wide-vectors */
export function wideVectorsOption(): Option {
  return new Option('--wide-vectors', 'vectors of 256 bits, an experiment of Node 24 on x64: faster, the same numbers');
}

/** --max-pixels */
export function maxPixelsOption(): Option {
  return new Option('--max-pixels <n>', 'reject larger pictures (default: 64000000)').argParser(positiveInteger);
}

/** --truncated */
export function truncatedOption(): Option {
  return new Option('--truncated <what>', 'a picture that is cut: error, or fill what is missing').choices([
    'error',
    'fill',
  ]);
}

/** How pictures are read. */
export function pictureOptions({
  maxPixels,
  truncated,
}: Pick<ModelOptions, 'maxPixels' | 'truncated'>): PictureOptions {
  return { maxPixels, truncated };
}

/** `auto`, or a whole number of 1 or more. */
export function threadCount(text: string): 'auto' | number {
  return text === 'auto' ? text : positiveInteger(text);
}

/** A whole number of 1 or more. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected a positive integer.');
  return value;
}

export function loadOptions(options: ModelOptions): LoadOptions {
  return { ...sourceOptions(options), dtype: options.dtype, onWarning: warnOnTerminal };
}

/** How files are found and what runs them: for what is loaded beside the model too. */
export function sourceOptions({ threads, arithmetic, wideVectors, revision, offline }: Omit<ModelOptions, 'model'>) {
  return { threads, arithmetic, wideVectors, revision, localFilesOnly: offline, onProgress: progressOnTerminal() };
}
