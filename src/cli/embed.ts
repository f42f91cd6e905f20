import type { Command } from 'commander';
import { npy } from '../batch/npy.ts';
import { pipeline } from '../pipelines/pipeline.ts';
import { eachPicture } from './eachPicture.ts';
import { addModelOptions, loadOptions, type ModelOptions } from './modelOptions.ts';
import { writeOutput } from './writeOutput.ts';

interface EmbedOptions extends ModelOptions {
  readonly out?: string;
}

export function addEmbed(program: Command): void {
  const command = program
    .command('embed')
    .description('pooled features of length 1, one row a picture: their dot product is the cosine similarity')
    .argument('<image...>', 'pictures: PNG, JPEG, WebP, GIF, BMP or TIFF files, or URLs')
    .option('-o, --out <file.npy>', 'write all rows as a NumPy file instead of JSON lines');
  addModelOptions(command, 'a BEiT').action(embed);
}

async function embed(images: string[], options: EmbedOptions): Promise<void> {
  using extract = await pipeline('image-feature-extraction', options.model, loadOptions(options));
  const rows: Float32Array[] = [];
  await eachPicture(images, !options.out, async (image) => {
    const { data } = await extract.embed(image, { maxPixels: options.maxPixels });
    if (options.out) rows.push(data);
    else process.stdout.write(`${JSON.stringify({ image, embedding: [...data] })}\n`);
  });
  if (options.out) await writeOutput(options.out, npy(rows));
}
