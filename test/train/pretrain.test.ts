import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BeitError } from '../../src/errors.ts';
import { BeitImageProcessor } from '../../src/loading/imageProcessors.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { BeitForMaskedImageModeling } from '../../src/pretrained/beitForMaskedImageModeling.ts';
import { VisualTokenizer } from '../../src/tokenizer/visualTokenizer.ts';
import { PatchCodebook } from '../../src/train/data/patchCodebook.ts';
import { pretrain } from '../../src/train/pretrain.ts';
import type { PretrainOptions } from '../../src/train/pretrainOptions.ts';
import { readTensors } from '../family/readTensors.ts';
import { memoryFolder } from '../memoryFolder.ts';
import { digitExamples } from './digitsData.ts';

const test = suite('train/pretrain');
const SOURCE = 'fixtures/beit-digits-pt';
const scans = (await digitExamples(0, 24)).map(({ image, name }) => ({ image, name }));
const processor = await BeitImageProcessor.fromPretrained(SOURCE);
const pixels = await Promise.all(
  scans.map(async ({ image }) => (await processor.preprocess(image as never)).pixelValues),
);
const tokenizer = await PatchCodebook.fromPretrained(SOURCE);
const common = { tokenizer, batchSize: 8, threads: 1, masking: { numMaskingPatches: 26, minNumPatches: 5 } };

test('the nearest codes are the tokens that Python wrote', async () => {
  const heldOut = await readTensors(`${SOURCE}/heldout.safetensors`);
  const tokens = heldOut.get('tokens')!.data as Uint8Array;
  for (const [i, view] of pixels.entries()) {
    const own = tokenizer.encodePixels(view);
    assert.equal(own.dims, [8, 8]);
    assert.equal([...own.data], [...tokens.subarray(i * 64, (i + 1) * 64)], `scan ${i}`);
  }
});

test('a codebook is the same for the same seed, fits better than its first draws, and is opened again', async () => {
  const options = { codes: 12, patchSize: 4, seed: 3 };
  const [one, two] = [PatchCodebook.fit(pixels, options), PatchCodebook.fit(pixels, options)];
  assert.equal(one.codes.data, two.codes.data);
  assert.equal(one.codes.dims, [12, 3, 4, 4]);
  const { files, create } = memoryFolder();
  await one.save(create);
  const opened = await PatchCodebook.fromPretrained(files);
  assert.equal(opened.codes.data, one.codes.data);
  // of 12 gray patches some are a tenth of the distance nearer than the mean patch
  const used = new Set(pixels.flatMap((view) => [...one.encodePixels(view).data]));
  assert.is(used.size, 12);
  assert.throws(() => PatchCodebook.fit(pixels.slice(0, 1), { codes: 100, patchSize: 4 }), /expected at least 100/);
});

test('training on hidden tokens goes on to the same bits after a stop, and what is saved opens', async () => {
  const options = {
    ...common,
    epochs: 2,
    learningRate: 1e-3,
    validation: 0.25,
    augment: { flip: true, colorJitter: 0.4 },
  };
  const bytes = async (more: Partial<PretrainOptions> = {}) => {
    const trained = await pretrain(SOURCE, scans, { ...options, ...more });
    const { files, create } = memoryFolder();
    await trained.save(create);
    trained.dispose();
    return { files, trained };
  };
  const whole = await bytes();
  const { history } = whole.trained;
  assert.is(history.length, 2);
  const { loss, accuracy } = history[1].validation!;
  assert.ok(loss < 2.6 && accuracy > 0.25, `${loss}, ${accuracy}`);
  const stop = new AbortController();
  const { files, create } = memoryFolder();
  const onTraining: PretrainOptions['onTraining'] = ({ status, step }) => {
    if (status === 'step' && step === 3) stop.abort();
  };
  const stopped = pretrain(SOURCE, scans, {
    ...options,
    checkpointTo: create,
    checkpointEvery: 1,
    signal: stop.signal,
    onTraining,
  });
  const error = await stopped.then(
    () => null,
    (thrown: BeitError) => thrown,
  );
  assert.is(error?.code, 'Aborted');
  const resumed = await bytes({ resumeFrom: files, threads: 2 });
  assert.equal(resumed.files['model.safetensors'], whole.files['model.safetensors']);
  const model = await BeitForMaskedImageModeling.fromPretrained(whole.files, { threads: 1 });
  assert.is(model.config.vocabSize, 128);
  model.dispose();
});

test('from random weights the loss falls below that of guessing', async () => {
  const trained = await pretrain(SOURCE, scans, {
    ...common,
    randomWeights: true,
    epochs: 12,
    learningRate: 2e-3,
    validation: 0,
  });
  const losses = trained.history.map(({ loss }) => loss);
  assert.ok(losses[0] > Math.log(128) - 0.3 && losses.at(-1)! < 4.5, `${losses}`);
  trained.dispose();
});

test('a visual tokenizer makes a view of its own of the same cropped picture', async () => {
  const visual = await VisualTokenizer.fromPretrained('fixtures/tokenizers/dvae', { threads: 1 });
  const seen: string[] = [];
  const watched: PretrainOptions['tokenizer'] = {
    vocabSize: visual.vocabSize,
    processor: {
      preprocess: (picture) => {
        seen.push(`${picture.width} × ${picture.height}`);
        return visual.processor.preprocess(picture as never);
      },
    },
    encodePixels: (view) => visual.encodePixels(view),
  };
  const [height] = (await visual.encode(scans[0].image as never)).dims;
  const config = new BeitConfig({
    hiddenSize: 16,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 32,
    imageSize: 4 * height,
    patchSize: 4,
  });
  const options = {
    tokenizer: watched,
    epochs: 1,
    batchSize: 4,
    validation: 0,
    threads: 1,
    augment: { minimumCrop: 0.3 },
  };
  const trained = await pretrain(config, scans.slice(0, 8), options);
  const { loss } = trained.history[0];
  assert.ok(Math.abs(loss - Math.log(visual.vocabSize)) < 1, `${loss}`);
  assert.is(trained.config.vocabSize, visual.vocabSize);
  assert.is(seen.length, 8);
  assert.ok(
    seen.some((size) => size !== '8 × 8'),
    'crops are what the tokenizer sees',
  );
  trained.dispose();
  const other = pretrain(SOURCE, scans.slice(0, 8), { ...options, tokenizer: visual });
  const error = await other.then(
    () => null,
    (thrown: BeitError) => thrown,
  );
  assert.match(error!.message, /expected a token for each of 8 × 8 patches/);
  visual.dispose();
});

test('what cannot be pre-trained with', async () => {
  const cases: [unknown, Partial<PretrainOptions>, RegExp][] = [
    [[], {}, /expected examples, got none/],
    [7, {}, /expected a list or an async iterable/],
    [[{}], {}, /Invalid picture 0: expected \{ image \}/],
    [scans, { tokenizer: {} as never }, /expected a VisualTokenizer or a PatchCodebook/],
    [scans, { augment: { erase: 1 } as never }, /erase is not for pre-training/],
    [scans, { validation: 2 }, /Invalid validation/],
    [
      scans,
      { tokenizer: { vocabSize: 3, encodePixels: (v) => tokenizer.encodePixels(v) } },
      /expected tokens from 0 to 2/,
    ],
  ];
  for (const [pictures, options, message] of cases) {
    const error = await pretrain(SOURCE, pictures as never, { ...common, ...options }).then(
      () => null,
      (thrown: BeitError) => thrown,
    );
    assert.is(error?.code, 'InvalidArgument');
    assert.match(error!.message, message);
  }
});

test.run();
