import { type Command, InvalidArgumentError, Option } from 'commander';
import { DTYPES, type Dtype } from '../dtype.ts';
import { convert } from '../pretrained/convert.ts';
import { progressOnTerminal } from './progress.ts';

interface ConvertOptions {
  readonly dtype: Dtype;
  readonly shardSize?: number;
  readonly trainingCheckpoint?: boolean;
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
    .action(convertTo);
}

/** "24MB" → 24,000,000, as Hugging Face counts. */
export function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]?)B?$/i.exec(text);
  if (!match || Number(match[1]) === 0) throw new InvalidArgumentError('Expected a size such as 24MB.');
  return Math.floor(Number(match[1]) * UNITS[match[2].toUpperCase()]);
}

async function convertTo(source: string, out: string, options: ConvertOptions): Promise<void> {
  const { dtype, shardSize, trainingCheckpoint: allowStubs } = options;
  const files = await convert(source, out, { dtype, shardSize, allowStubs, onProgress: progressOnTerminal() });
  process.stdout.write(`${files.map((file) => `${out}/${file}`).join('\n')}\n`);
}
