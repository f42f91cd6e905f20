import type { Command } from 'commander';
import type { Classification } from '../pipelines/imageClassification.ts';
import { pipeline } from '../pipelines/pipeline.ts';
import { eachPicture } from './eachPicture.ts';
import { addModelOptions, loadOptions, type ModelOptions, pictureOptions, positiveInteger } from './modelOptions.ts';

interface ClassifyOptions extends ModelOptions {
  readonly topK: number;
  readonly json?: boolean;
}

export function addClassify(program: Command): void {
  const command = program
    .command('classify')
    .description('say what is on pictures')
    .argument('<image...>', 'pictures: PNG, JPEG, WebP, GIF, BMP or TIFF files, or URLs')
    .option('-k, --top-k <n>', 'guesses per picture', positiveInteger, 5)
    .option('--json', 'one JSON object per picture and line');
  addModelOptions(command, 'a BEiT classifier').action(classify);
}

async function classify(images: string[], options: ClassifyOptions): Promise<void> {
  const { topK, json } = options;
  using pipe = await pipeline('image-classification', options.model, loadOptions(options));
  await eachPicture(images, json, async (image) => {
    const guesses = await pipe(image, { topK, ...pictureOptions(options) });
    process.stdout.write(json ? `${JSON.stringify({ image, guesses })}\n` : readable(image, guesses));
  });
}

function readable(image: string, guesses: readonly Classification[]): string {
  const lines = guesses.map(({ label, score }) => `  ${(100 * score).toFixed(1).padStart(5)} %  ${label}`);
  return `${image}\n${lines.join('\n')}\n`;
}
