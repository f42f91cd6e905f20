// What the recipes add to a plain step: each against plain loops or by what it must do.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BeitError } from '../../src/errors.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { RandomStream } from '../../src/randomStream.ts';
import { Tensor } from '../../src/tensor.ts';
import { mixBatch } from '../../src/train/data/mix.ts';
import { crossEntropyGradient, distributions, tokenCrossEntropyGradient } from '../../src/train/losses.ts';
import { Optimizer, type OptimizerOptions } from '../../src/train/optimizer/optimizer.ts';
import { Trainer } from '../../src/train/trainer.ts';
import { TrainSession } from '../../src/train/trainSession.ts';

const test = suite('train/optimizer');
const config = new BeitConfig({
  hiddenSize: 64,
  numHiddenLayers: 3,
  numAttentionHeads: 4,
  intermediateSize: 128,
  imageSize: 16,
  patchSize: 8,
  numLabels: 3,
  useRelativePositionBias: true,
});
const random = new RandomStream(1, 2, 3);
const pixelValues = new Tensor(
  'float32',
  Float32Array.from({ length: 2 * 3 * 256 }, () => random.normal()),
  [2, 3, 16, 16],
);
const batch = [{ pixelValues, labels: [0, 2] }];

test('8-bit means: nearly the path of AdamW, on one thread and on two', async () => {
  const losses = async (optimizer: 'adamw' | 'adamw8bit', threads: number) => {
    const trainer = await Trainer.open(config, { images: 2, threads, optimizer, weightDecay: 0 });
    const all: number[] = [];
    for (let i = 0; i < 12; i++) all.push((await trainer.step(batch, 1e-3)).loss);
    trainer.dispose();
    return all;
  };
  const [exact, one, two] = [await losses('adamw', 1), await losses('adamw8bit', 1), await losses('adamw8bit', 2)];
  assert.equal(one, two);
  for (const [i, loss] of exact.entries())
    assert.ok(Math.abs(one[i] - loss) < 0.05 * exact[0], `step ${i}: ${one[i]}, ${loss}`);
  assert.ok(
    one.some((loss, i) => loss !== exact[i]),
    'bytes are used',
  );
  const error = await Trainer.open(config, { images: 1, threads: 1, optimizer: 'adam' as never }).then(
    () => null,
    (thrown: BeitError) => thrown,
  );
  assert.match(error!.message, /optimizer/);
});

/** What one step of SGD without momentum changes, by name: the rate of each layer. */
async function ratesOf(options: OptimizerOptions): Promise<Map<string, number>> {
  const session = await TrainSession.open(config, 'BeitForImageClassification', { images: 1, threads: 1 });
  const optimizer = new Optimizer(session.backend, session.trained.tensors, config.numHiddenLayers, {
    optimizer: 'sgd',
    momentum: 0,
    weightDecay: 0,
    ...options,
  });
  await session.commit();
  session.weightsLoaded();
  optimizer.start();
  const { backend, trained } = session;
  for (const { gradient, size } of trained.tensors) backend.write(gradient, new Float32Array(size).fill(1));
  const before = new Map(trained.tensors.map(({ name, value }) => [name, backend.readNow(value)[0]]));
  optimizer.step(1);
  const changes = trained.tensors.map(
    ({ name, value }) => [name, before.get(name)! - backend.readNow(value)[0]] as const,
  );
  session.dispose();
  return new Map(changes);
}

test("layer-wise decay: 0 for embeddings, k + 1 for block k, depth + 1 for the head, as in BEiT's recipes", async () => {
  const rates = await ratesOf({ layerDecay: 0.5 });
  const expected: [string, number][] = [
    ['embeddings.cls_token', 0.5 ** 4],
    ['embeddings.patch_embeddings.projection.weight', 0.5 ** 4],
    ['encoder.layer.0.lambda_1', 0.5 ** 3],
    ['encoder.layer.2.output.dense.weight', 0.5],
    ['encoder.layer.1.attention.attention.relative_position_bias.relative_position_bias_table', 0.25],
    ['pooler.layernorm.weight', 1],
    ['classifier.weight', 1],
  ];
  for (const [name, rate] of expected)
    assert.ok(Math.abs(rates.get(name)! - rate) < 1e-6, `${name}: ${rates.get(name)}`);
});

test('a moving average follows the weights; a second exchange gives them back', async () => {
  const session = await TrainSession.open(config, 'BeitForImageClassification', { images: 1, threads: 1 });
  const { backend, trained } = session;
  const options = { optimizer: 'sgd', momentum: 0, weightDecay: 0, averageDecay: 0.75 } as const;
  const optimizer = new Optimizer(backend, trained.tensors, config.numHiddenLayers, options);
  await session.commit();
  session.weightsLoaded();
  optimizer.start();
  const { value, gradient, size } = trained.tensors.find(({ name }) => name === 'classifier.weight')!;
  backend.write(gradient, new Float32Array(size).fill(-1));
  const start = backend.readNow(value)[0];
  let [weight, average] = [start, start];
  for (let i = 0; i < 3; i++) {
    optimizer.step(0.5);
    weight += 0.5;
    average += 0.25 * (weight - average);
  }
  optimizer.swapAverages();
  assert.ok(Math.abs(backend.readNow(value)[0] - average) < 1e-6);
  optimizer.swapAverages();
  assert.ok(Math.abs(backend.readNow(value)[0] - weight) < 1e-6);
  session.dispose();
});

test('label smoothing: (1 − ε)·one-hot + ε/classes, its loss by hand', () => {
  const targets = distributions([2, 0], 4, 0.2);
  const expected = [0.05, 0.05, 0.85, 0.05, 0.85, 0.05, 0.05, 0.05];
  for (const [i, target] of expected.entries()) assert.ok(Math.abs(targets[i] - target) < 1e-12);
  const logits = Float32Array.from([1, -2, 0.5, 0, 3, 0, -1, 2]);
  const { loss, dLogits } = crossEntropyGradient(logits, 4, targets);
  let sum = 0;
  for (let row = 0; row < 2; row++) {
    const z = logits.subarray(4 * row, 4 * row + 4);
    const total = z.reduce((a, x) => a + Math.exp(x), 0);
    for (let c = 0; c < 4; c++) {
      const p = Math.exp(z[c]) / total;
      sum -= expected[4 * row + c] * Math.log(p);
      assert.ok(Math.abs(dLogits[4 * row + c] - (p - expected[4 * row + c]) / 2) < 1e-6);
    }
  }
  assert.ok(Math.abs(loss - sum / 2) < 1e-6);
});

test('the loss of tokens is that of one-hot distributions over the rows that count, also where a token is unlikely', () => {
  const logits = Float32Array.from({ length: 5 * 7 }, () => 3 * random.normal());
  const tokens = Int32Array.from([3, -1, 6, 0, -1]);
  const own = tokenCrossEntropyGradient(logits, 7, tokens);
  const dense = crossEntropyGradient(logits, 7, distributions(tokens, 7), (row) => tokens[row] >= 0);
  assert.ok(Math.abs(own.loss - dense.loss) < 1e-12);
  assert.ok(own.dLogits.every((x, i) => Math.abs(x - dense.dLogits[i]) < 1e-7));
  const far = tokenCrossEntropyGradient(Float32Array.from([2000, 0]), 2, Int32Array.from([1]));
  assert.is(far.loss, 2000);
});

/** Pictures of one value each, and one-hot labels. */
function mixable(images: number) {
  const size = 2 * 6 * 5;
  const pixels = Float32Array.from({ length: images * size }, (_, i) => Math.floor(i / size) + 1);
  const targets = distributions(
    Array.from({ length: images }, (_, i) => i),
    images,
  );
  return { pixels, targets, images, channels: 2, height: 6, width: 5 };
}

test('mixup: λ·x + (1 − λ)·(the picture at the other end), labels alike', () => {
  const shares: number[] = [];
  for (let seed = 0; seed < 300; seed++) {
    const mixed = mixable(3);
    mixBatch(mixed, { mixup: 0.8 }, new RandomStream(seed, 0, 0));
    const share = mixed.targets[0];
    shares.push(share);
    assert.ok(Math.abs(mixed.pixels[0] - (share * 1 + (1 - share) * 3)) < 1e-6);
    assert.ok(Math.abs(mixed.pixels.at(-1)! - (share * 3 + (1 - share) * 1)) < 1e-6);
    assert.is(mixed.pixels[60], 2, 'the middle one is mixed with itself');
    assert.ok(Math.abs(mixed.targets[2] - (1 - share)) < 1e-12);
  }
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
  const variance = shares.reduce((sum, x) => sum + (x - mean) ** 2, 0) / shares.length;
  // of Beta(0.8, 0.8): 1/2 and 1/(4·(2·0.8 + 1))
  assert.ok(Math.abs(mean - 0.5) < 0.06 && Math.abs(variance - 1 / 10.4) < 0.02, `${mean}, ${variance}`);
});

test('cutmix: a box of the other picture, labels by the area that is left; with both on, either', () => {
  for (let seed = 0; seed < 100; seed++) {
    const cut = mixable(2);
    mixBatch(cut, { cutmix: 1 }, new RandomStream(seed, 0, 0));
    for (let image = 0; image < 2; image++) {
      const own = cut.pixels.subarray(60 * image, 60 * (image + 1)).filter((x) => x === image + 1).length / 60;
      assert.ok(Math.abs(cut.targets[image * 2 + image] - own) < 1e-9, `seed ${seed}: ${own}`);
    }
    assert.ok(cut.pixels.every((x) => x === 1 || x === 2));
  }
  const kinds = Array.from({ length: 200 }, (_, seed) => {
    const both = mixable(2);
    mixBatch(both, { mixup: 0.8, cutmix: 1 }, new RandomStream(seed, 0, 0));
    return both.pixels.some((x) => x !== 1 && x !== 2);
  });
  const mixed = kinds.filter(Boolean).length;
  assert.ok(mixed > 70 && mixed < 130, `${mixed} of 200 are mixup`);
});

test.run();
