import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DTYPES, type Dtype } from '../dtype.ts';
import { BeitError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import { onDisk } from '../platform/node/fileSystemError.ts';
import { conversionParity } from '../pretrained/conversionParity.ts';
import { convert } from '../pretrained/convert.ts';
import { progressOnTerminal, warnOnTerminal } from './progress.ts';
import { table } from './table.ts';

interface ConvertOptions {
  readonly dtype: Dtype;
  readonly shardSize?: number;
  readonly trainingCheckpoint?: boolean;
  readonly ema?: boolean;
  readonly config?: string;
  readonly labels?: string;
  readonly verify?: boolean;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9 };

export function addConvert(program: Command): void {
  program
    .command('convert')
    .description('write any BEiT checkpoint as safetensors and configs (Python opens all but q8 and q4)')
    .argument(
      '<in>',
      'folder, weights file or hub name: safetensors, .bin, .pth, Flax; names of transformers, unilm, timm',
    )
    .argument('<out>', 'folder to write')
    .addOption(new Option('-d, --dtype <dtype>', 'how weights are stored').choices(DTYPES).default('f32'))
    .option('-s, --shard-size <size>', 'largest file, such as 24MB (default: one file)', bytes)
    .option('--training-checkpoint', 'the file also holds an optimizer and arguments; they are skipped, never run')
    .option('--ema', 'take the running mean of the weights, where the file has both')
    .option('--config <file.json>', 'the config, where the source has none')
    .option('--labels <file>', 'names of the classes: JSON (a list, or names by id) or one name a line')
    .option('--verify', 'run both models on one picture and print how far they are apart')
    .action(convertTo);
}

/** "24MB" → 24,000,000, as Hugging Face counts. */
export function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]?)B?$/i.exec(text);
  if (!match || Number(match[1]) === 0) throw new InvalidArgumentError('Expected a size such as 24MB.');
  return Math.floor(Number(match[1]) * UNITS[match[2].toUpperCase()]);
}

async function convertTo(source: string, out: string, options: ConvertOptions): Promise<void> {
  const { dtype, shardSize, trainingCheckpoint: allowStubs, ema: useEma } = options;
  const config = options.config === undefined ? undefined : BeitConfig.fromJSON(await readJsonFile(options.config));
  const labels = options.labels === undefined ? undefined : await readLabelFile(options.labels);
  const loading = { config, allowStubs, useEma, onProgress: progressOnTerminal() };
  const files = await withFlags(
    convert(source, out, { ...loading, dtype, shardSize, labels, onWarning: warnOnTerminal }),
  );
  process.stdout.write(`${files.map((file) => `${out}/${file}`).join('\n')}\n`);
  if (!options.verify) return;
  const rows = (await conversionParity(source, out, loading)).map(({ output, difference, largest }) => {
    return [output, difference.toExponential(2), largest.toExponential(2)];
  });
  process.stdout.write(`\n${table([[`${dtype} against f32`, 'largest difference', 'largest value'], ...rows])}\n`);
}

/** Errors name options of the library; here they are flags. */
async function withFlags<T>(converted: Promise<T>): Promise<T> {
  try {
    return await converted;
  } catch (error) {
    if (!(error instanceof BeitError)) throw error;
    const message = error.message
      .replace(/the option allowStubs/, 'the flag --training-checkpoint')
      .replace(/give `config`/, 'give --config a file')
      .replace(/which useEma asks for/, 'which --ema asks for');
    throw new BeitError(error.code, message, { cause: error });
  }
}

async function readJsonFile(path: string): Promise<unknown> {
  return parseJson(await onDisk(`read ${path}`, () => readFile(path, 'utf8')), 'InvalidConfig', path);
}

/** Names by id. */
export async function readLabelFile(path: string): Promise<Record<number, string>> {
  const text = await onDisk(`read ${path}`, () => readFile(path, 'utf8'));
  const json = /^\s*[[{]/.test(text) ? parseJson(text, 'InvalidConfig', path) : text.trimEnd().split(/\r?\n/);
  return (Array.isArray(json) ? { ...json } : json) as Record<number, string>;
}
