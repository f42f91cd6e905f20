import type { Command } from 'commander';
import { attentionRollout } from '../explain/attentionRollout.ts';
import { enlarged } from '../explain/enlarged.ts';
import { heatOverlay } from '../explain/overlay.ts';
import { picturePixels } from '../input/openPicture.ts';
import { pipeline } from '../pipelines/pipeline.ts';
import { Tensor } from '../tensor.ts';
import { eachPicture } from './eachPicture.ts';
import { addModelOptions, loadOptions, type ModelOptions, pictureOptions } from './modelOptions.ts';
import { checkOutput, outputName } from './outputName.ts';
import { LEAST_SIDE, writePicture } from './writeOutput.ts';

interface AttendOptions extends ModelOptions {
  readonly out?: string;
  readonly json?: boolean;
}

export function addAttend(program: Command): void {
  const command = program
    .command('attend')
    .description('draw over pictures where the model looks: attention rollout through all layers')
    .argument('<image...>', 'pictures: PNG, JPEG, WebP, GIF, BMP or TIFF files, or URLs')
    .option('-o, --out <file.png>', 'where to write (default: beside each picture, as NAME.attention.png)')
    .option('--json', 'print the map as JSON lines instead of drawing it');
  addModelOptions(command, 'a BEiT').action(attend);
}

async function attend(images: string[], options: AttendOptions): Promise<void> {
  checkOutput(options.out, images);
  using pipe = await pipeline('image-classification', options.model, loadOptions(options));
  await eachPicture(images, options.json, async (image) => {
    const picture = await picturePixels(image, pictureOptions(options));
    const { pixelValues } = await pipe.processor.preprocess(picture);
    const { attentions } = await pipe.model.forward({ pixelValues, outputAttentions: true });
    const { patchSize, useMeanPooling } = pipe.model.config;
    const [height, width] = pixelValues.dims.slice(2).map((side) => Math.floor(side / patchSize));
    const rollout = attentionRollout(attentions!, { height, width }, useMeanPooling ? 'mean' : 'class');
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ image, height, width, rollout: [...rollout.data] })}\n`);
      return;
    }
    const overlay = heatOverlay(enlarged(picture, LEAST_SIDE), new Tensor('float32', rollout.data, [height, width]));
    const out = outputName(options.out, image, 'attention');
    await writePicture(out, { ...overlay, channels: 4 });
    process.stdout.write(`${out}\n`);
  });
}
