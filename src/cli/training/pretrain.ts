import { join } from 'node:path';
import type { Command } from 'commander';
import { Tensor } from '../../tensor.ts';
import { VisualTokenizer } from '../../tokenizer/visualTokenizer.ts';
import type { TrainPicture } from '../../train/data/examples.ts';
import type { PatchCodebook } from '../../train/data/patchCodebook.ts';
import type { PixelTokenizer } from '../../train/pretrainOptions.ts';
import { positiveInteger, sourceOptions } from '../modelOptions.ts';
import { folderPictures } from './classFolders.ts';
import { addTrainOptions, augmentOptions, positive, runOptions, type TrainCommandOptions } from './trainOptions.ts';
import { percent, reportEpoch, reportTroubles } from './trainReport.ts';

interface PretrainCommandOptions extends TrainCommandOptions {
  readonly tokenizer?: string;
  readonly codes: number;
  readonly masked?: number;
}

/** Pictures that a codebook is made from at most. */
const CODEBOOK_PICTURES = 2000;

export function addPretrain(program: Command): void {
  const command = program
    .command('pretrain')
    .description('train without labels: hide blocks of patches and learn to guess their visual tokens')
    .argument('<folder>', 'pictures, also in folders within it')
    .argument('<out>', 'folder to write: a model that train starts from')
    .option('--tokenizer <folder>', "DALL-E's, FLAVA's or BEiT v2's tokenizer (default: a codebook of patches)")
    .option('--codes <n>', 'visual tokens of the codebook that is made without --tokenizer', positiveInteger, 128)
    .option('--masked <n>', 'patches that are hidden (default: 38 % of them)', positiveInteger);
  addTrainOptions(command, 'beit-digits-pt')
    .option('-e, --epochs <n>', 'default: 10', positiveInteger)
    .option('-l, --learning-rate <x>', 'default: 0.0015', positive)
    .action(pretrainModel);
}

async function pretrainModel(folder: string, out: string, options: PretrainCommandOptions): Promise<void> {
  const { pretrain } = await import('../../train/pretrain.ts');
  const pictures = await folderPictures(folder);
  const codebook = options.tokenizer ? null : await makeCodebook(options, pictures);
  const tokenizer: PixelTokenizer =
    codebook ?? (await VisualTokenizer.fromPretrained(options.tokenizer!, sourceOptions(options)));
  const trained = await pretrain(options.model, pictures, {
    ...runOptions(options),
    tokenizer,
    masking: options.masked === undefined ? undefined : { numMaskingPatches: options.masked },
    augment: augmentOptions(options),
    onTraining: reportEpoch,
  });
  const files = await trained.save(out, { dtype: options.dtype });
  if (codebook) files.push(...(await codebook.save(out)));
  reportTroubles(trained.skipped, trained.diverged);
  const best = trained.history.find(({ epoch }) => epoch === trained.bestEpoch)?.validation;
  if (best)
    process.stderr.write(`epoch ${trained.bestEpoch}: ${percent(best.accuracy)} of the hidden tokens are right\n`);
  process.stdout.write(`${files.map((file) => join(out, file)).join('\n')}\n`);
  trained.dispose();
}

/** Codes for the patches of the pictures, as the model sees them. */
async function makeCodebook(
  options: PretrainCommandOptions,
  pictures: readonly TrainPicture[],
): Promise<PatchCodebook> {
  const { PatchCodebook } = await import('../../train/data/patchCodebook.ts');
  const { PictureStore } = await import('../../train/data/pictureStore.ts');
  const { openTrainSource } = await import('../../train/trainableModel.ts');
  const { config, processor } = await openTrainSource(options.model, sourceOptions(options));
  const { numChannels: channels, nativeSize, patchSize } = config;
  const { height, width } = nativeSize;
  const store = new PictureStore(processor, { channels, height, width }, 'skip');
  const pixels: Tensor[] = [];
  for (const example of pictures.slice(0, CODEBOOK_PICTURES)) {
    const found = await store.batch([{ example }], {});
    if (found) pixels.push(new Tensor('float32', found.pixels, [1, channels, height, width]));
  }
  return PatchCodebook.fit(pixels, { codes: options.codes, patchSize, seed: options.seed });
}
