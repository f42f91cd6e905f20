import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { BeitForMaskedImageModeling } from '../../../src/pretrained/beitForMaskedImageModeling.ts';
import { BeitModel } from '../../../src/pretrained/beitModel.ts';
import { Tensor } from '../../../src/tensor.ts';
import { randomFloats } from '../../reference/linear.ts';
import { refused } from '../refused.ts';

const test = suite('pretrained/pretrainedModel');
const config = new BeitConfig({
  hiddenSize: 8,
  numHiddenLayers: 12,
  numAttentionHeads: 2,
  intermediateSize: 8,
  imageSize: 8,
  patchSize: 4,
  numLabels: 3,
  vocabSize: 6,
  useMaskToken: true,
  initializerRange: 0.5,
});
const pixelValues = new Tensor('float32', randomFloats(2 * 192, 1), [2, 3, 8, 8]);

/** −log softmax(row)[label] */
function crossEntropy(row: readonly number[], label: number): number {
  return Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[label];
}

test('series come in the order of the layers, also beyond ten; what is not asked for is absent', async () => {
  using model = await BeitModel.fromConfig(config, { seed: 1 });
  const { hiddenStates, attentions, lastHiddenState } = await model.forward({
    pixelValues,
    outputHiddenStates: true,
    outputAttentions: true,
  });
  assert.equal([hiddenStates!.length, attentions!.length], [13, 12]);
  assert.equal(hiddenStates![12].data, lastHiddenState.data);
  for (const { data, dims } of attentions!) {
    assert.equal(dims, [2, 2, 5, 5]);
    for (let at = 0; at < data.length; at += 5) {
      assert.ok(Math.abs(data.subarray(at, at + 5).reduce((a, b) => a + b, 0) - 1) < 1e-5);
    }
  }
  const plain = await model.forward({ pixelValues });
  assert.equal([plain.hiddenStates, plain.attentions], [undefined, undefined]);
});

test('without a pooler there is no pooled output', async () => {
  using model = await BeitModel.fromConfig(config, { addPoolingLayer: false });
  assert.is((await model.forward({ pixelValues })).poolerOutput, undefined);
});

test('labels give the loss of the logits, no labels none', async () => {
  using model = await BeitForImageClassification.fromConfig(config, { seed: 2 });
  const labels = new Tensor('int32', new Int32Array([2, 0]), [2]);
  const { loss, logits } = await model.forward({ pixelValues, labels });
  const rows = [0, 1].map((i) => [...logits.data.subarray(3 * i, 3 * i + 3)]);
  assert.ok(Math.abs(loss! - (crossEntropy(rows[0], 2) + crossEntropy(rows[1], 0)) / 2) < 1e-6);
  assert.is((await model.forward({ pixelValues })).loss, undefined);
});

test('masked modeling counts the masked patches, image after image', async () => {
  using model = await BeitForMaskedImageModeling.fromConfig(config, { seed: 3 });
  const boolMaskedPos = new Tensor('bool', new Uint8Array([0, 1, 0, 0, 1, 0, 0, 1]), [2, 4]);
  const labels = new Tensor('int32', new Int32Array([5, 1, 0]), [3]);
  const { loss, logits } = await model.forward({ pixelValues, boolMaskedPos, labels });
  assert.equal(logits.dims, [2, 4, 6]);
  const row = (i: number) => [...logits.data.subarray(6 * i, 6 * i + 6)];
  const expected = (crossEntropy(row(1), 5) + crossEntropy(row(4), 1) + crossEntropy(row(7), 0)) / 3;
  assert.ok(Math.abs(loss! - expected) < 1e-6, `${loss} instead of ${expected}`);
});

test('the end is the end, said twice or by `using`', async () => {
  const model = await BeitModel.fromConfig(config);
  assert.ok(model.memory > 0 && model.engine.threads >= 1);
  model.dispose();
  model[Symbol.dispose]();
  await refused(() => model.memory, 'Disposed', /it was disposed of/);
  await refused(() => model.engine, 'Disposed');
  await refused(() => model.savePretrained('x'), 'Disposed');
  await refused(() => model.forward({ pixelValues }), 'Disposed');
  assert.is(model.config, config, 'what is no memory stays');
});

test.run();
