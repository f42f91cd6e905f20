import { type Command, InvalidArgumentError } from 'commander';
import { check } from '../errors.ts';
import { type Codebook, decodedPatches, maskedTriptych } from '../explain/tokenPictures.ts';
import { loadCodebook } from '../loading/loadCodebook.ts';
import { openSource } from '../loading/source.ts';
import type { FilledMask } from '../pipelines/fillMaskImage.ts';
import { pipeline } from '../pipelines/pipeline.ts';
import { VisualTokenizer } from '../tokenizer/visualTokenizer.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { eachPicture } from './eachPicture.ts';
import { addModelOptions, loadOptions, type ModelOptions, pictureOptions, sourceOptions } from './modelOptions.ts';
import { checkOutput, outputName } from './outputName.ts';
import { LEAST_SIDE, writePicture } from './writeOutput.ts';

interface MaskOptions extends ModelOptions {
  readonly out?: string;
  readonly seed: number;
  readonly share: number;
  readonly tokenizer?: string;
  readonly json?: boolean;
}

export function addMask(program: Command): void {
  const command = program
    .command('mask')
    .description('hide a part of pictures and show what the model makes of it: original, masked, predicted')
    .argument('<image...>', 'pictures: PNG, JPEG, WebP, GIF, BMP or TIFF files, or URLs')
    .option('-o, --out <file.png>', 'where to write (default: beside each picture, as NAME.masked.png)')
    .option('--seed <n>', 'of the mask', number, 0)
    .option('--share <part>', 'of the patches to hide, between 0 and 1', share, 0.4)
    .option('--tokenizer <folder>', "DALL-E's encoder.pkl and decoder.pkl, which draw the tokens of published models")
    .option(
      '--json',
      'print mask and tokens as JSON lines instead of drawing them; so for models without tokenizer or codebook.safetensors',
    );
  addModelOptions(command, 'a pre-trained BEiT', 'beit-digits-pt').action(mask);
}

/** Side by side. */
const PANELS = 3;

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}

function share(text: string): number {
  const value = number(text);
  if (value <= 0 || value >= 1) throw new InvalidArgumentError('Expected a number between 0 and 1.');
  return value;
}

async function mask(images: string[], options: MaskOptions): Promise<void> {
  checkOutput(options.out, images);
  const { seed, share } = options;
  const files = await openSource(options.model, loadOptions(options));
  using fill = await pipeline('fill-mask-image', files, loadOptions(options));
  const draw = await drawing(files, fill.model.config.patchSize, options);
  check(draw || !options.out, 'FileNotFound', () => {
    return `Cannot draw "${options.out}": there is no codebook.safetensors beside the model, which shows tokens as pixels; --tokenizer names a dVAE, which paints them`;
  });
  await eachPicture(images, options.json, async (image) => {
    const filled = await fill(image, { seed, share, ...pictureOptions(options) });
    if (options.json || !draw) return printed(image, filled);
    const { pixelValues } = await fill.processor.preprocess(image, pictureOptions(options));
    const { imageMean: mean, imageStd: std } = fill.processor.config;
    const { tokens, codebook } = await draw(filled.tokens, { mean, std });
    const picture = maskedTriptych(pixelValues, filled.mask, tokens, codebook, { mean, std });
    const out = outputName(options.out, image, 'masked');
    await writePicture(out, picture, PANELS * LEAST_SIDE);
    process.stdout.write(`${out}\n`);
  });
}

type Draw = (
  tokens: FilledMask['tokens'],
  normalization: Parameters<typeof decodedPatches>[3],
) => Promise<{ tokens: FilledMask['tokens']; codebook: Codebook }>;

/** Pixels for tokens: painted by a tokenizer, or looked up in a codebook; null where there is neither. */
async function drawing(files: ModelFiles, patchSize: number, options: MaskOptions): Promise<Draw | null> {
  if (options.tokenizer) {
    const tokenizer = await VisualTokenizer.fromPretrained(options.tokenizer, sourceOptions(options));
    return async (tokens, normalization) =>
      decodedPatches(await tokenizer.decode(tokens), tokens.dims, patchSize, normalization);
  }
  const codebook = await loadCodebook(files, loadOptions(options));
  return codebook && (async (tokens) => ({ tokens, codebook }));
}

/** Also for models without a codebook: their tokens have no picture here. */
function printed(image: string, { mask: hidden, tokens, scores }: FilledMask): void {
  const [height, width] = hidden.dims;
  const found = { mask: [...hidden.data], tokens: [...tokens.data], scores: [...scores.data] };
  process.stdout.write(`${JSON.stringify({ image, height, width, ...found })}\n`);
}
