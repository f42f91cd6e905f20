import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DTYPES, type Dtype } from '../../../src/dtype.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import type { ArchitectureName } from '../../../src/model/beit/config/family.ts';
import { BeitBackbone } from '../../../src/pretrained/beitBackbone.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { BeitForMaskedImageModeling } from '../../../src/pretrained/beitForMaskedImageModeling.ts';
import { BeitForSemanticSegmentation } from '../../../src/pretrained/beitForSemanticSegmentation.ts';
import { BeitModel } from '../../../src/pretrained/beitModel.ts';
import { memoryPlan } from '../../../src/pretrained/memoryPlan.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';

const test = suite('pretrained/memoryPlan');
const config = new BeitConfig({
  hiddenSize: 48,
  numHiddenLayers: 4,
  numAttentionHeads: 4,
  intermediateSize: 100,
  imageSize: 24,
  patchSize: 4,
  vocabSize: 70,
  numLabels: 7,
  useMaskToken: true,
  useRelativePositionBias: true,
  outIndices: [1, 2, 3, 4],
  auxiliaryChannels: 8,
});
const CLASSES = {
  BeitModel,
  BeitForImageClassification,
  BeitForMaskedImageModeling,
  BeitForSemanticSegmentation,
  BeitBackbone,
};

for (const [name, modelClass] of Object.entries(CLASSES)) {
  test(`${name}: the plan is what the model takes, for every dtype and after another input`, async () => {
    for (const dtype of DTYPES) {
      const options = { dtype, threads: 1 } as const;
      const planned = await memoryPlan(config, name as ArchitectureName, options);
      using model = await modelClass.fromConfig(config, options);
      assert.is(model.memory, planned.total, dtype);
      // small layers need no more than the piece that rows are packed through, and the core has a little data of its own
      const own = planned.scratch - (1 << 18);
      assert.ok(own > 0 && own < 1 << 16, `${own} bytes`);
      assert.is(planned.weights + planned.buffers + planned.scratch, planned.total);
      const dims = [3, 3, 28, 36];
      await model.forward({ pixelValues: new Tensor('float32', new Float32Array(3 * 3 * 28 * 36), dims) });
      const input = { images: 3, height: 28, width: 36 };
      assert.is(model.memory, (await memoryPlan(config, name as ArchitectureName, { ...options, input })).total, dtype);
    }
  });
}

test('more pictures take more buffers and nothing else', async () => {
  const [one, two] = await Promise.all(
    [1, 2].map((images) => memoryPlan(config, 'BeitModel', { threads: 1, input: { images, height: 24, width: 24 } })),
  );
  const { buffers, total, ...rest } = two;
  assert.equal({ ...one, buffers, total }, { ...rest, buffers, total });
  assert.ok(buffers - one.buffers >= 4 * 37 * 48 * 5, 'a residual, a branch, and query, key and value of one more');
  assert.is(total - one.total, buffers - one.buffers);
});

test('a batch beyond maxBatch takes the buffers of maxBatch pictures', async () => {
  const options = { threads: 1, maxBatch: 2 } as const;
  using model = await BeitModel.fromConfig(config, options);
  await model.forward({ pixelValues: new Tensor('float32', new Float32Array(4 * 3 * 24 * 24), [4, 3, 24, 24]) });
  const input = { images: 4, height: 24, width: 24 };
  assert.is(model.memory, (await memoryPlan(config, 'BeitModel', { ...options, input })).total);
});

test('inputs that are none, configs that are none', async () => {
  const planned = (input: object) => memoryPlan(config, 'BeitModel', { input: input as never });
  await refused(() => planned({ images: 0, height: 24, width: 24 }), 'InvalidArgument', /got \{images: 0, height: 24/);
  await refused(() => planned({ height: 24, width: 24 }), 'InvalidArgument', /got \{height: 24/);
  for (const json of [undefined, {}, config.toJSON()]) {
    await refused(() => memoryPlan(json as never, 'BeitModel'), 'InvalidArgument', /BeitConfig\.fromJSON/);
    await refused(() => BeitModel.fromConfig(json as never), 'InvalidArgument', /BeitConfig\.fromJSON/);
  }
});

test('parameters are counted, whatever their dtype', async () => {
  const small = new BeitConfig({
    hiddenSize: 4,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 6,
    imageSize: 4,
    patchSize: 2,
    numLabels: 3,
  });
  const patch = 4 * 12 + 4;
  const attention = 3 * 16 + 2 * 4 + 16 + 4; // no bias of the key
  const block = 2 * 8 + attention + (24 + 6) + (24 + 4) + 2 * 4;
  const expected = 4 + patch + block + 8 + (12 + 3);
  for (const dtype of ['f32', 'q4'] as Dtype[]) {
    assert.is((await memoryPlan(small, 'BeitForImageClassification', { dtype })).parameters, expected);
  }
});

test('a class that does not exist, a dtype that does not exist', async () => {
  await refused(
    () => memoryPlan(config, 'BeitForPoetry' as never),
    'InvalidConfig',
    /"BeitForPoetry": expected one of BeitModel,/,
  );
  await refused(
    () => memoryPlan(config, 'BeitModel', { dtype: 'q3' as never }),
    'InvalidArgument',
    /f32, f16, bf16, q8, q4, got q3/,
  );
});

test('a model that fits no memory can still be planned', async () => {
  const huge = new BeitConfig({
    hiddenSize: 1 << 15,
    numAttentionHeads: 16,
    intermediateSize: 1 << 17,
    numHiddenLayers: 2,
  });
  const { total, weights } = await memoryPlan(huge, 'BeitModel');
  assert.ok(weights > 4 * 2 * (4 * 2 ** 30 + 2 * 2 ** 32) && total > weights, String(weights));
});

test.run();
