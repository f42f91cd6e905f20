import type { Command } from 'commander';
import { check } from '../errors.ts';
import type { Truncated } from '../image/decodePicture.ts';
import type { Tensor } from '../tensor.ts';
import { VisualTokenizer } from '../tokenizer/visualTokenizer.ts';
import { eachPicture } from './eachPicture.ts';
import { maxPixelsOption, pictureOptions, sourceOptions, threadCount, truncatedOption } from './modelOptions.ts';
import { checkOutput, outputName } from './outputName.ts';
import { writePicture } from './writeOutput.ts';

interface TokenizeOptions {
  readonly tokenizer: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly threads: 'auto' | number;
  readonly revision?: string;
  readonly offline?: boolean;
  readonly maxPixels?: number;
  readonly truncated?: Truncated;
}

export function addTokenize(program: Command): void {
  program
    .command('tokenize')
    .description('turn pictures into visual tokens, and paint them again where the tokenizer has a decoder')
    .argument('<image...>', 'pictures: PNG, JPEG, WebP, GIF, BMP or TIFF files, or URLs')
    .requiredOption(
      '--tokenizer <folder>',
      "folder or hub name of DALL-E's encoder.pkl and decoder.pkl, FLAVA's image codebook or BEiT v2's VQ-KD",
    )
    .option('-o, --out <file.png>', 'where to write (default: beside each picture, as NAME.tokens.png)')
    .option('--json', 'print tokens as JSON lines instead of painting them; so for tokenizers without a decoder')
    .option('-t, --threads <n>', 'threads, or auto', threadCount, 'auto')
    .option('-r, --revision <revision>', 'branch, tag or commit of a hub model')
    .option('--offline', 'take hub models from the cache only')
    .addOption(maxPixelsOption())
    .addOption(truncatedOption())
    .action(tokenize);
}

async function tokenize(images: string[], options: TokenizeOptions): Promise<void> {
  checkOutput(options.out, images);
  using tokenizer = await VisualTokenizer.fromPretrained(options.tokenizer, sourceOptions(options));
  check(tokenizer.canDecode || !options.out, 'UnsupportedFormat', () => {
    return `Cannot paint "${options.out}": the tokenizer has no decoder of pixels`;
  });
  await eachPicture(images, options.json, async (image) => {
    const tokens = await tokenizer.encode(image, pictureOptions(options));
    if (options.json || !tokenizer.canDecode) return printTokens(image, tokens);
    const out = outputName(options.out, image, 'tokens');
    await writePicture(out, await tokenizer.decode(tokens));
    process.stdout.write(`${out}\n`);
  });
}

function printTokens(image: string, { data, dims: [height, width] }: Tensor<'int32'>): void {
  process.stdout.write(`${JSON.stringify({ image, height, width, tokens: [...data] })}\n`);
}
