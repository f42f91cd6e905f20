import type { Command } from 'commander';
import { BeitError } from '../errors.ts';
import type { PictureOptions } from '../input/pictureInput.ts';
import type { ImageFeatureExtractionPipeline } from '../pipelines/imageFeatureExtraction.ts';
import { pipeline } from '../pipelines/pipeline.ts';
import { reportPicture } from './eachPicture.ts';
import { openEmbedOutput } from './embedOutput.ts';
import { type EmbedOutput, type EmbedRow, embedLine } from './embedRow.ts';
import { addModelOptions, loadOptions, type ModelOptions, pictureOptions } from './modelOptions.ts';
import { pictureArguments } from './pictureArguments.ts';
import { pictureCounter } from './progress.ts';

interface EmbedOptions extends ModelOptions {
  readonly out?: string;
  readonly resume?: boolean;
}

export function addEmbed(program: Command): void {
  const command = program
    .command('embed')
    .description('pooled features of length 1, one row a picture: their dot product is the cosine similarity')
    .argument('<image...>', 'pictures: files, URLs, folders, globs, @list.txt with a path a line, or - for such a list')
    .option(
      '-o, --out <file>',
      'write .npy (names beside it as .names.jsonl), .parquet or .jsonl instead of printing JSON lines',
    )
    .option('--resume', 'go on with the file of a command that was stopped');
  addModelOptions(command, 'a BEiT').action(embed);
}

async function embed(args: string[], options: EmbedOptions): Promise<void> {
  const images = await pictureArguments(args);
  using extract = await pipeline('image-feature-extraction', options.model, loadOptions(options));
  const { out, resume = false } = options;
  const output = out ? await openEmbedOutput(out, extract.model.config.hiddenSize, resume) : standardOutput;
  const done = new Set(output.images);
  const rest = images.filter((image) => !done.has(image));
  const count = out ? pictureCounter(rest.length) : undefined;
  try {
    for (const image of rest) {
      const row = await rowOf(extract, image, pictureOptions(options));
      await output.write(row);
      // as a row it is in the output; here it is told, and the exit code set
      if (row.error && out) reportPicture(image, row.error, false);
      count?.();
    }
  } finally {
    await output.close();
  }
}

/** A picture that is rejected does not stop the others. */
async function rowOf(
  extract: ImageFeatureExtractionPipeline,
  image: string,
  reading: PictureOptions,
): Promise<EmbedRow> {
  try {
    return { image, embedding: (await extract.embed(image, reading)).data };
  } catch (error) {
    if (!(error instanceof BeitError)) throw error;
    return { image, embedding: null, error };
  }
}

const standardOutput: EmbedOutput = {
  rows: 0,
  images: [],
  async write(row) {
    if (row.error) reportPicture(row.image, row.error, true);
    else process.stdout.write(embedLine(row));
  },
  async close() {},
};
