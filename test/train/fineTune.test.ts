import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitImageProcessor } from '../../src/loading/imageProcessors.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import type { TrainExample } from '../../src/train/data/examples.ts';
import { fineTune } from '../../src/train/fineTune.ts';
import type { FineTuneOptions } from '../../src/train/fineTuneOptions.ts';
import type { FineTuned } from '../../src/train/run/fineTuned.ts';
import { memoryFolder } from '../memoryFolder.ts';
import { refused } from '../src/refused.ts';
import { digitExamples } from './digitsData.ts';

const test = suite('train/fineTune');
const SOURCE = 'fixtures/beit-digits-pt';
const digits = await digitExamples(0, 140);
/** Few, and of three classes. */
const few = digits.filter(({ label }) => ['0', '1', '7'].includes(label as string)).slice(0, 24);

async function savedBytes(tuned: FineTuned): Promise<Uint8Array> {
  const { files, create } = memoryFolder();
  await tuned.save(create);
  return files['model.safetensors'];
}

test('the head learns digits from features of masked image modelling, in few seconds', async () => {
  const seen: string[] = [];
  const tuned = await fineTune(SOURCE, digits, {
    epochs: 40,
    learningRate: 0.03,
    validation: 0.2,
    threads: 1,
    onTraining: ({ status }) => seen.push(status),
  });
  assert.is(tuned.history.length, 40);
  const best = tuned.history[tuned.bestEpoch! - 1].validation!;
  assert.ok(best.accuracy > 0.5, `accuracy ${best.accuracy}, by chance 0.1`);
  assert.ok(tuned.history.at(-1)!.loss < 0.7 * tuned.history[0].loss);
  const perClass = tuned.classes.map((name) => digits.filter(({ label }) => label === name).length);
  const heldOut = perClass.reduce((sum, n) => sum + Math.round(0.2 * n), 0);
  assert.is(
    best.confusion.flat().reduce((a, b) => a + b, 0),
    heldOut,
  );
  assert.equal(tuned.classes, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  assert.ok(seen.includes('features') && seen.includes('step') && seen.at(-1) === 'epoch');
  tuned.dispose();
});

test('what is saved opens with fromPretrained and computes the same; every part can be trained', async () => {
  for (const train of ['head', 'lora', { lastBlocks: 1 }, 'all'] as const) {
    const tuned = await fineTune(SOURCE, few, { train, epochs: 1, learningRate: 0.01, validation: 0, threads: 1 });
    const { files, create } = memoryFolder();
    await tuned.save(create);
    const model = await BeitForImageClassification.fromPretrained(files, { threads: 1 });
    assert.equal(Object.values(model.config.id2label), ['0', '1', '7']);
    const processor = await BeitImageProcessor.fromPretrained(files);
    const { pixelValues } = await processor.preprocess(few[0].image as never);
    const { logits } = await model.forward({ pixelValues });
    const ours = await tuned.logits(few[0].image);
    const worst = ours.reduce((most, v, i) => Math.max(most, Math.abs(v - logits.data[i])), 0);
    assert.ok(worst < 1e-5, `${JSON.stringify(train)}: ${worst}`);
    model.dispose();
    tuned.dispose();
  }
});

test('the same seed gives the same bits, on two threads and after a stop in the middle of an epoch', async () => {
  const options: FineTuneOptions = {
    train: { lastBlocks: 2 },
    epochs: 2,
    batchSize: 4,
    validation: 0.25,
    augment: { minimumCrop: 0.5, flip: true, erase: 0.5 },
    mixup: 0.8,
    cutmix: 1,
    labelSmoothing: 0.1,
    averageDecay: 0.9,
    maxGradientNorm: 1,
    layerDecay: 0.75,
    seed: 3,
    threads: 1,
  };
  const whole = await fineTune(SOURCE, few, options);
  const expected = await savedBytes(whole);
  whole.dispose();
  const threaded = await fineTune(SOURCE, few, { ...options, threads: 2 });
  assert.equal(await savedBytes(threaded), expected);
  threaded.dispose();

  const { files, create } = memoryFolder();
  const stop = new AbortController();
  const onTraining: FineTuneOptions['onTraining'] = (progress) => {
    if (progress.status === 'step' && progress.step === 7) stop.abort();
  };
  const stopped = { ...options, checkpointTo: create, checkpointEvery: 2, onTraining, signal: stop.signal };
  assert.is((await refused(() => fineTune(SOURCE, few, stopped))).code, 'Aborted');
  assert.equal(Object.keys(files).sort(), ['training-0.safetensors', 'training-1.safetensors']);
  const resumed = await fineTune(SOURCE, few, { ...options, resumeFrom: files });
  assert.equal(await savedBytes(resumed), expected);
  resumed.dispose();
  // a file that was cut off while it was written does not count
  const torn = { ...files, 'training-1.safetensors': files['training-1.safetensors'].slice(0, 5000) };
  const older = await fineTune(SOURCE, few, { ...options, resumeFrom: torn });
  assert.equal(await savedBytes(older), expected);
  older.dispose();
  const other = await refused(() => fineTune(SOURCE, few, { ...options, seed: 4, resumeFrom: files }));
  assert.is(other.code, 'InvalidArgument');
});

test('a loss that is not finite ends the run with the last good weights', async () => {
  const options = {
    train: 'all',
    epochs: 30,
    learningRate: 1e30,
    warmUp: 0,
    decay: 'none',
    validation: 0,
    threads: 1,
  } as const;
  const tuned = await fineTune(SOURCE, few.slice(0, 8), options);
  assert.ok(tuned.diverged, 'diverged');
  assert.ok(tuned.diverged!.step >= 2 && !Number.isFinite(tuned.diverged!.loss));
  const logits = await tuned.logits(few[0].image);
  assert.ok(logits.every(Number.isFinite));
  tuned.dispose();
});

test('pictures that cannot be read are skipped and named, or refused', async () => {
  const bad: TrainExample = { image: new Uint8Array([1, 2, 3]), label: '7', name: 'bad.png' };
  const failing: TrainExample = { image: () => Promise.reject(new Error('gone')), label: '0', name: 'gone.png' };
  const data = [...few, bad, failing];
  for (const train of ['head', { lastBlocks: 1 }] as const) {
    const tuned = await fineTune(SOURCE, data, { train, epochs: 1, validation: 0, threads: 1 });
    assert.equal(tuned.skipped.map(({ name }) => name).sort(), ['bad.png', 'gone.png']);
    tuned.dispose();
  }
  assert.is((await refused(() => fineTune(SOURCE, data, { onBadPicture: 'throw', threads: 1 }))).code, 'InvalidImage');
  const none = await refused(() => fineTune(SOURCE, [bad, { ...bad, label: '0' }], { threads: 1 }));
  assert.match(none.message, /none of the 2 pictures can be read/);
});

test('data and options that cannot be trained with', async () => {
  const config = new BeitConfig({
    hiddenSize: 8,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 8,
    imageSize: 8,
    patchSize: 4,
  });
  const cases: [unknown, FineTuneOptions, RegExp][] = [
    [[], {}, /expected examples, got none/],
    [few.slice(0, 1), {}, /expected at least two classes, got one/],
    [few, { classes: ['0', '1', '7', '8'] }, /expected examples of every class, got none of "8"/],
    [few, { classes: ['0', '1'] }, /expected one of 2 classes, got "7"/],
    [
      [
        { image: few[0].image, label: 0 },
        { image: few[0].image, label: 2 },
      ],
      {},
      /got none of "LABEL_1"/,
    ],
    [[{ image: few[0].image, label: -1 }], {}, /a label \(a name, or a number from 0\)/],
    [7, {}, /expected a list or an async iterable/],
    [few, { epochs: 0 }, /Invalid epochs/],
    [few, { train: 'body' as never }, /Invalid train/],
    [few, { train: 'lora', lora: { targets: ['keys' as never] } }, /Invalid targets/],
    [few, { learningRate: Number.NaN }, /Invalid learningRate/],
    [few, { validation: 1 }, /Invalid validation/],
  ];
  for (const [data, options, message] of cases) {
    const error = await refused(() => fineTune(config, data as never, { threads: 1, ...options }));
    assert.is(error.code, 'InvalidArgument', error.message);
    assert.match(error.message, message);
  }
});

test.run();
