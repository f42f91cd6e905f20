import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startModelWorker } from '#modelWorker';
import { augmentedPixels } from '../../src/augment/augmentedPixels.ts';
import { BeitImageProcessor } from '../../src/loading/imageProcessors.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import type { StartModelWorker } from '../../src/platform/modelWorker.ts';
import { VisualTokenizer } from '../../src/tokenizer/visualTokenizer.ts';
import { PictureWorkers } from '../../src/train/data/pictureWorkers.ts';
import { fineTune } from '../../src/train/fineTune.ts';
import type { FineTuneOptions } from '../../src/train/fineTuneOptions.ts';
import { pretrain } from '../../src/train/pretrain.ts';
import { memoryFolder } from '../memoryFolder.ts';
import { refused } from '../src/refused.ts';
import { picture } from './digitsData.ts';

const test = suite('train/pictureWorkers');
const SOURCE = 'fixtures/beit-digits';
const SCANS = ['0005-5', '0018-8', '0012-2', '0000-0'];
const examples = SCANS.map((name) => ({ image: picture(`${name}.png`), label: name.slice(-1), name }));
const augment = { flip: true, minimumCrop: 0.5, affine: { degrees: 10 }, colorJitter: 0.4, erase: 0.5 };
const processor = await BeitImageProcessor.fromPretrained(SOURCE);
const size = { channels: 3, height: 32, width: 32 };

/** Two steps over all that is random, and the bytes that come out. */
async function trained(options: FineTuneOptions) {
  const own = { train: 'all', epochs: 1, batchSize: 2, validation: 0, threads: 1, augment, ...options } as const;
  const tuned = await fineTune(SOURCE, [...examples, { image: new Uint8Array(9), label: '5', name: 'bad' }], own);
  const { files, create } = memoryFolder();
  await tuned.save(create);
  tuned.dispose();
  return { weights: files['model.safetensors'], skipped: tuned.skipped };
}

test('the same weights and skipped pictures with one worker, with three and without', async () => {
  const alone = await trained({});
  assert.equal(
    alone.skipped.map(({ name }) => name),
    ['bad'],
  );
  for (const pictureWorkers of [1, 3]) {
    const { weights, skipped } = await trained({ pictureWorkers });
    assert.equal(weights, alone.weights, `${pictureWorkers} workers`);
    assert.equal(
      skipped.map(({ name, error }) => [name, error.code, error.message]),
      alone.skipped.map(({ name, error }) => [name, error.code, error.message]),
    );
  }
});

test('the head, and pictures as pixels, as a Blob and from a function', async () => {
  const pixels = { data: new Uint8Array(64).fill(77), width: 8, height: 8, channels: 1 };
  const data = [
    { image: pixels, label: 'gray' },
    { image: new Blob([picture('0005-5.png')]), label: 'digit' },
    { image: async () => picture('0018-8.png'), label: 'digit' },
  ];
  const options = { epochs: 3, validation: 0, threads: 1 };
  const heads = [];
  for (const pictureWorkers of [0, 2]) {
    const tuned = await fineTune(SOURCE, data, { ...options, pictureWorkers });
    heads.push(await tuned.logits(pixels));
    tuned.dispose();
  }
  assert.equal(heads[1], heads[0]);
  assert.is(pixels.data.length, 64, 'the pixels of the caller are still there');
});

test('the second view of a visual tokenizer is made there too', async () => {
  const tokenizer = await VisualTokenizer.fromPretrained('fixtures/tokenizers/dvae', { threads: 1 });
  const [height] = (await tokenizer.encode(examples[0].image)).dims;
  const shape = { hiddenSize: 16, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 32 };
  const config = new BeitConfig({ ...shape, imageSize: 4 * height, patchSize: 4 });
  const seen = { ...augment, erase: 0 }; // masks hide patches already
  const options = { tokenizer, epochs: 2, batchSize: 2, validation: 0, threads: 1, augment: seen };
  const saved = [];
  for (const pictureWorkers of [0, 1]) {
    const { files, create } = memoryFolder();
    const result = await pretrain(config, examples, { ...options, pictureWorkers });
    await result.save(create);
    result.dispose();
    saved.push(files['model.safetensors']);
  }
  tokenizer.dispose();
  assert.equal(saved[1], saved[0]);
});

test('a worker that terminates is replaced, and the picture that it had is read again', async () => {
  const ends: (() => void)[] = [];
  const mortal: StartModelWorker = (onFailure) => {
    const worker = startModelWorker!(onFailure);
    ends.push(() => {
      void worker.terminate();
      onFailure('gone');
    });
    return worker;
  };
  const workers = new PictureWorkers(1, mortal);
  const request = { picture: examples[0].image, augmentation: null, size };
  const read = () => workers.prepare(async () => request, processor, null);
  const expected = await augmentedPixels(request, processor, null);
  assert.equal(await read(), expected);
  const pending = read();
  await new Promise((resolve) => setTimeout(resolve));
  ends[0]();
  assert.equal(await pending, expected);
  assert.equal(await read(), expected);
  assert.is(ends.length, 2);
  workers.dispose();
  assert.is((await refused(read)).code, 'Disposed');
});

test('what is wrong with a picture is said as without workers', async () => {
  const bad = [...examples, { image: new Uint8Array(9), label: '5' }];
  for (const pictureWorkers of [0, 1]) {
    const options = { onBadPicture: 'throw', validation: 0, threads: 1, pictureWorkers } as const;
    assert.is((await refused(() => fineTune(SOURCE, bad, options))).code, 'InvalidImage');
  }
});

test('a run that is aborted ends, and numbers that are not counts are errors', async () => {
  const stop = new AbortController();
  const options = { epochs: 2, validation: 0, threads: 1, pictureWorkers: 1, signal: stop.signal };
  const onTraining = () => stop.abort();
  assert.is((await refused(() => fineTune(SOURCE, examples, { ...options, onTraining }))).code, 'Aborted');
  for (const pictureWorkers of [-1, 1.5, 65, Number.NaN]) {
    const error = await refused(() => fineTune(SOURCE, examples, { pictureWorkers, threads: 1 }));
    assert.is(error.code, 'InvalidArgument');
    assert.match(error.message, /Invalid pictureWorkers: expected an integer of 0 to 64/);
  }
});

test.run();
