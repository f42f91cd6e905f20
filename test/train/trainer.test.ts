import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../src/errors.ts';
import { BeitImageProcessor } from '../../src/loading/imageProcessors.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../src/tensor.ts';
import { Trainer } from '../../src/train/trainer.ts';
import { trainMemoryPlan } from '../../src/train/trainMemoryPlan.ts';
import type { OutputValues } from '../../src/train/trainSessionOptions.ts';
import { memoryFolder } from '../memoryFolder.ts';
import { digitExamples } from './digitsData.ts';

const test = suite('train/trainer');
const FOLDER = 'fixtures/beit-digits';
const digits = await digitExamples(0, 4);
const processor = await BeitImageProcessor.fromPretrained(FOLDER);
const { pixelValues } = await processor.preprocess(digits.map(({ image }) => image as never));
const labels = digits.map(({ label }) => Number(label));

test('the loss is that of the class of the main entry, from a folder and from a loaded model; memory is as planned', async () => {
  const model = await BeitForImageClassification.fromPretrained(FOLDER, { threads: 1 });
  const expected = await model.forward({ pixelValues, labels: new Tensor('int32', Int32Array.from(labels), [4]) });
  for (const source of [FOLDER, model]) {
    const trainer = await Trainer.open(source, { images: 4, threads: 1 });
    const { loss, gradients } = await trainer.gradients([{ pixelValues, labels }]);
    assert.ok(Math.abs(loss - expected.loss!) < 1e-6, `${loss} ${expected.loss}`);
    assert.is(gradients.get('classifier.weight')!.length, 640);
    const plan = await trainMemoryPlan(trainer.config, 'BeitForImageClassification', { images: 4, threads: 1 });
    assert.is(trainer.memory, plan.total);
    trainer.dispose();
  }
  model.dispose();
});

test('micro-batches add up to the gradients of the whole batch', async () => {
  const trainer = await Trainer.open(FOLDER, { images: 4, threads: 1 });
  const whole = await trainer.gradients([{ pixelValues, labels }]);
  const size = pixelValues.data.length / 4;
  const halves = [0, 2].map((i) => ({
    pixelValues: new Tensor('float32', pixelValues.data.slice(i * size, (i + 2) * size), [
      2,
      ...pixelValues.dims.slice(1),
    ]),
    labels: labels.slice(i, i + 2),
  }));
  const parts = await trainer.gradients(halves);
  assert.ok(Math.abs(parts.loss - whole.loss) < 1e-9);
  for (const [name, gradient] of whole.gradients) {
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    const worst = gradient.reduce((most, g, i) => Math.max(most, Math.abs(g - parts.gradients.get(name)![i])), 0);
    assert.ok(worst <= 1e-5 * norm + 1e-9, `${name}: ${worst} of ${norm}`);
  }
  trainer.dispose();
});

test('masked image modelling from random weights: the loss falls, SGD and AdamW', async () => {
  const config = new BeitConfig({
    hiddenSize: 16,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
    intermediateSize: 32,
    imageSize: 32,
    patchSize: 8,
    vocabSize: 6,
    useMaskToken: true,
    useSharedRelativePositionBias: true,
    layerScaleInitValue: 0.1,
  });
  const boolMaskedPos = Array.from({ length: 4 * 16 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const tokens = boolMaskedPos.flatMap((m, i) => (m ? [i % 6] : []));
  for (const [optimizer, rate] of [
    ['adamw', 1e-2],
    ['adamw8bit', 1e-2],
    ['sgd', 0.1],
  ] as const) {
    const options = {
      class: 'BeitForMaskedImageModeling',
      images: 4,
      threads: 1,
      optimizer,
      weightDecay: 0,
      dropout: true,
    } as const;
    const trainer = await Trainer.open(config, options);
    const losses: number[] = [];
    for (let i = 0; i < 15; i++) {
      losses.push((await trainer.step([{ pixelValues, labels: tokens, boolMaskedPos }], rate)).loss);
    }
    assert.is(trainer.steps, 15);
    assert.ok(losses.at(-1)! < 0.9 * losses[0], `${optimizer}: ${losses}`);
    const { files, create } = memoryFolder();
    await trainer.save(create);
    assert.equal(Object.keys(files).sort(), ['config.json', 'model.safetensors', 'preprocessor_config.json']);
    trainer.dispose();
  }
});

test('base fits in 4 GiB at batch 8, and with checkpointing at 32; large fits with means of 8 bits alone', async () => {
  const plan = (config: BeitConfig, images: number, gradientCheckpointing = false) =>
    trainMemoryPlan(config, 'BeitForImageClassification', { images, gradientCheckpointing, threads: 1 });
  const base = new BeitConfig({ useRelativePositionBias: true, numLabels: 1000 });
  const large = new BeitConfig({
    hiddenSize: 1024,
    numHiddenLayers: 24,
    numAttentionHeads: 16,
    intermediateSize: 4096,
  });
  assert.ok((await plan(base, 8)).total < 2.6e9);
  assert.ok((await plan(base, 32, true)).total < 3e9);
  assert.ok((await plan(large, 1, true)).total > 2 ** 32);
  const options = { images: 4, gradientCheckpointing: true, threads: 1, optimizer: 'adamw8bit' } as const;
  const { total } = await trainMemoryPlan(large, 'BeitForImageClassification', options);
  assert.ok(total < 3.6e9, `${total}`);
});

test('batches that do not fit, and a trainer that was disposed of', async () => {
  const trainer = await Trainer.open(FOLDER, { images: 4, threads: 1 });
  const refused = async (batch: object, message: RegExp) => {
    try {
      await trainer.step([batch as never], 1e-4);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, message);
    }
  };
  await refused({ pixelValues, labels: [1] }, /expected 4 from 0 to 9, got 1/);
  await refused({ pixelValues, labels: [1, 2, 3, 10] }, /expected 4 from 0 to 9, got 10/);
  await refused(
    { pixelValues: new Tensor('float32', new Float32Array(3), [1, 3, 1, 1]), labels: [1] },
    /expected dims/,
  );
  await refused({ labels: [1] }, /expected a tensor/);
  trainer.dispose();
  await refused({ pixelValues, labels }, /disposed/);
});

test("timm's norms and tokens: gradients are those of finite differences", async () => {
  const base = {
    modelType: 'timm_vit',
    hiddenSize: 12,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
    intermediateSize: 20,
  };
  const shape = { imageSize: 8, patchSize: 4, numChannels: 1, numLabels: 3, initializerRange: 0.3, layerNormEps: 1e-2 };
  for (const change of [
    { classToken: false, useMeanPooling: true },
    { preNorm: true },
    { subNorms: true, layerScaleInitValue: 0.5 },
    { finalNorm: 'none', useMeanPooling: false },
    { finalNorm: 'tokens', useMeanPooling: true },
    { numRegisterTokens: 2, positionedTokens: 0 },
  ] as const) {
    const config = new BeitConfig({ ...base, ...shape, ...change } as never);
    const trainer = await Trainer.open(config, {
      images: 2,
      threads: 1,
      optimizer: 'sgd',
      momentum: 0,
      weightDecay: 0,
    });
    const data = Float32Array.from({ length: 2 * 64 }, (_, i) => Math.sin(i * i));
    const batch = { pixelValues: new Tensor('float32', data, [2, 1, 8, 8]), labels: [0, 2] };
    const { loss, gradients } = await trainer.gradients([batch]);
    // a small step of plain descent lowers the loss by rate·‖gradient‖²
    const square = [...gradients.values()].reduce((sum, g) => sum + g.reduce((s, v) => s + v * v, 0), 0);
    const rate = 1e-3 / square;
    await trainer.step([batch], rate);
    const { loss: after } = await trainer.gradients([batch]);
    const slope = (loss - after) / rate;
    assert.ok(Math.abs(slope - square) < 0.02 * square, `${JSON.stringify(change)}: ${slope}, expected ${square}`);
    trainer.dispose();
  }
});

test('losses of several labels, a regression, maps, and one of your own', async () => {
  const numbers = Float32Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const model = await BeitForImageClassification.fromPretrained(FOLDER, { threads: 1 });
  for (const problemType of ['multi_label_classification', 'regression'] as const) {
    const trainer = await Trainer.open(FOLDER, { images: 4, threads: 1, problemType });
    const expected = await model.forward({ pixelValues, labels: new Tensor('float32', numbers, [4, 10]), problemType });
    const { loss } = await trainer.gradients([{ pixelValues, labels: numbers }]);
    assert.ok(Math.abs(loss - expected.loss!) < 1e-6, `${problemType} ${loss} ${expected.loss}`);
    trainer.dispose();
  }
  model.dispose();
  const body = await Trainer.open(FOLDER, { images: 4, threads: 1, class: 'BeitModel' });
  const lossOf = ({ poolerOutput }: OutputValues) => ({
    loss: poolerOutput.reduce((sum, v) => sum + v * v, 0) / 2,
    gradients: { poolerOutput },
  });
  const { gradients } = await body.gradients([{ pixelValues, lossOf }]);
  assert.ok(gradients.get('embeddings.patch_embeddings.projection.weight')!.some((g) => g !== 0));
  const message = await body.gradients([{ pixelValues, labels }]).catch((error: Error) => error.message);
  assert.match(String(message), /a BeitModel has none of its own; expected lossOf/);
  body.dispose();
});

test('a segmentation learns a map; one picture needs frozen norms', async () => {
  const { model, size } = { model: 'fixtures/models/seg', size: 32 };
  const trainer = await Trainer.open(model, { class: 'BeitForSemanticSegmentation', images: 2, threads: 1 });
  const { height, width } = trainer.config.nativeSize;
  const dims = [2, trainer.config.numChannels, height, width];
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i));
  const map = Int32Array.from({ length: 2 * size * size }, (_, i) => (i % size < size / 2 ? 0 : 1));
  const step = { pixelValues: new Tensor('float32', data, dims), labels: new Tensor('int32', map, [2, size, size]) };
  const losses: number[] = [];
  for (let i = 0; i < 12; i++) losses.push((await trainer.step([step], 3e-3)).loss);
  assert.ok(losses.at(-1)! < 0.7 * losses[0], `${losses}`);
  await failsWith(
    () => trainer.step([{ ...step, labels: [1, 2] }], 1e-3),
    /expected a tensor of dims \[2, height, width\]/,
  );
  const one = {
    pixelValues: new Tensor('float32', data.slice(0, data.length / 2), [1, ...dims.slice(1)]),
    labels: new Tensor('int32', map.slice(0, size * size), [1, size, size]),
  };
  await failsWith(() => trainer.step([one], 1e-3), /a batch norm over one number/);
  trainer.dispose();
  const options = { class: 'BeitForSemanticSegmentation', images: 1, threads: 1, frozenBatchNorm: true } as const;
  const frozen = await Trainer.open(model, options);
  assert.ok(Number.isFinite((await frozen.step([one], 1e-3)).loss));
  frozen.dispose();
});

async function failsWith(call: () => Promise<unknown>, message: RegExp): Promise<void> {
  const error = await call().then(
    () => null,
    (failure: unknown) => failure,
  );
  assert.instance(error, BeitError);
  assert.match((error as Error).message, message);
}

test.run();
