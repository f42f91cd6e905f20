import type { Command } from 'commander';
import { ADE20K_PALETTE } from '../explain/ade20kPalette.ts';
import { enlarged } from '../explain/enlarged.ts';
import { withLegend } from '../explain/legend.ts';
import { segmentOverlay } from '../explain/overlay.ts';
import { segmentsOf } from '../image/process/segments.ts';
import { picturePixels } from '../input/openPicture.ts';
import { labelsByLogit } from '../model/beit/config/labels.ts';
import { pipeline } from '../pipelines/pipeline.ts';
import { eachPicture } from './eachPicture.ts';
import { addModelOptions, loadOptions, type ModelOptions, pictureOptions } from './modelOptions.ts';
import { checkOutput, outputName } from './outputName.ts';
import { table } from './table.ts';
import { LEAST_SIDE, writePicture } from './writeOutput.ts';

interface SegmentOptions extends ModelOptions {
  readonly out?: string;
  readonly json?: boolean;
}

export function addSegment(program: Command): void {
  const command = program
    .command('segment')
    .description('color pictures by what every pixel shows, with a legend, and list the shares')
    .argument('<image...>', 'pictures: PNG, JPEG, WebP, GIF, BMP or TIFF files, or URLs')
    .option('-o, --out <file.png>', 'where to write (default: beside each picture, as NAME.segments.png)')
    .option('--json', 'print the shares as JSON lines');
  addModelOptions(command, 'a BEiT segmentation model', null).action(segment);
}

async function segment(images: string[], options: SegmentOptions): Promise<void> {
  checkOutput(options.out, images);
  using pipe = await pipeline('image-segmentation', options.model, loadOptions(options));
  await eachPicture(images, options.json, async (image) => {
    const picture = await picturePixels(image, pictureOptions(options));
    const map = await pipe.segment(picture);
    const out = outputName(options.out, image, 'segments');
    const segments = segmentsOf(map, labelsByLogit(pipe.model.config.id2label));
    const entries = segments.map(({ label, index, share }) => ({
      color: ADE20K_PALETTE[index % ADE20K_PALETTE.length],
      label: `${label} ${percent(share)}`,
    }));
    const colored = enlarged({ ...segmentOverlay(picture, map, ADE20K_PALETTE), channels: 4 }, LEAST_SIDE);
    const data = new Uint8ClampedArray(colored.data);
    await writePicture(out, { ...withLegend({ ...colored, data }, entries), channels: 4 });
    const shares = segments.map(({ label, index, share }) => ({ label, index, share }));
    const rows = shares.map(({ label, share }) => [percent(share), label]);
    process.stdout.write(
      options.json ? `${JSON.stringify({ image, out, segments: shares })}\n` : `${out}\n${table(rows)}\n`,
    );
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
