import { type Command, InvalidArgumentError } from 'commander';
import { BeitError } from '../errors.ts';
import type { Classification, ImageClassificationPipeline } from '../pipelines/imageClassification.ts';
import { pipeline } from '../pipelines/pipeline.ts';
import { defaultModel } from './defaultModel.ts';
import { EXIT } from './exit.ts';
import { progressOnTerminal } from './progress.ts';

interface ClassifyOptions {
  readonly model?: string;
  readonly topK: number;
  readonly json?: boolean;
}

export function addClassify(program: Command): void {
  program
    .command('classify')
    .description('say what is on pictures')
    .argument('<image...>', 'PNG or JPEG files')
    .option('-m, --model <folder>', 'folder of a BEiT classifier (default: handwritten digits, inside the package)')
    .option('-k, --top-k <n>', 'guesses per picture', positiveInteger, 5)
    .option('--json', 'one JSON object per picture and line')
    .action(classify);
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected a positive integer.');
  return value;
}

async function classify(images: string[], options: ClassifyOptions): Promise<void> {
  const { model = defaultModel(), topK } = options;
  using pipe = await pipeline('image-classification', model, { onProgress: progressOnTerminal() });
  for (const image of images) await classifyOne(pipe, image, topK, options.json === true);
}

/** One refused picture does not stop the others. */
async function classifyOne(
  pipe: ImageClassificationPipeline,
  image: string,
  topK: number,
  json: boolean,
): Promise<void> {
  try {
    const guesses = await pipe(image, { topK });
    process.stdout.write(json ? `${JSON.stringify({ image, guesses })}\n` : readable(image, guesses));
  } catch (error) {
    if (!(error instanceof BeitError)) throw error;
    const { code, message } = error;
    if (json) process.stdout.write(`${JSON.stringify({ image, error: { code, message } })}\n`);
    else process.stderr.write(`beit: ${image}: ${message} (${code})\n`);
    process.exitCode = EXIT.picture;
  }
}

function readable(image: string, guesses: readonly Classification[]): string {
  const lines = guesses.map(({ label, score }) => `  ${(100 * score).toFixed(1).padStart(5)} %  ${label}`);
  return `${image}\n${lines.join('\n')}\n`;
}
