import type { Command } from 'commander';
import { pipeline } from '../pipelines/pipeline.ts';
import { eachPicture } from './eachPicture.ts';
import { addModelOptions, loadOptions, type ModelOptions, pictureOptions } from './modelOptions.ts';
import { checkOutput, outputName } from './outputName.ts';
import { writePicture } from './writeOutput.ts';

interface DepthOptions extends ModelOptions {
  readonly out?: string;
  readonly json?: boolean;
}

export function addDepth(program: Command): void {
  const command = program
    .command('depth')
    .description('draw how near every pixel of pictures is, white for the largest value')
    .argument('<image...>', 'pictures: PNG, JPEG, WebP, GIF, BMP or TIFF files, or URLs')
    .option('-o, --out <file.png>', 'where to write (default: beside each picture, as NAME.depth.png)')
    .option('--json', 'print the names of the files, and the least, mean and largest depth, as JSON lines');
  addModelOptions(command, 'a DPT, Depth Anything or ZoeDepth model', null).action(depth);
}

async function depth(images: string[], options: DepthOptions): Promise<void> {
  checkOutput(options.out, images);
  using estimate = await pipeline('depth-estimation', options.model, loadOptions(options));
  await eachPicture(images, options.json, async (image) => {
    const { predictedDepth, depth: picture } = await estimate(image, pictureOptions(options));
    const out = outputName(options.out, image, 'depth');
    await writePicture(out, picture);
    process.stdout.write(
      options.json ? `${JSON.stringify({ image, out, ...rangeOf(predictedDepth.data) })}\n` : `${out}\n`,
    );
  });
}

function rangeOf(depth: Float32Array): { least: number; mean: number; largest: number } {
  return {
    least: depth.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    mean: depth.reduce((a, b) => a + b, 0) / depth.length,
    largest: depth.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  };
}
