import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig, type BeitConfigInit } from '../../../src/model/beit/config/config.ts';
import { BeitBackbone } from '../../../src/pretrained/beitBackbone.ts';
import { Tensor } from '../../../src/tensor.ts';
import { randomFloats } from '../../reference/linear.ts';
import { refused } from '../refused.ts';

const test = suite('pretrained/beitBackbone');
const TINY = {
  hiddenSize: 8,
  numHiddenLayers: 4,
  numAttentionHeads: 2,
  intermediateSize: 9,
  imageSize: 16,
  patchSize: 4,
};
const pixelValues = new Tensor('float32', randomFloats(2 * 3 * 16 * 20, 1), [2, 3, 16, 20]);

const make = (init: BeitConfigInit) => BeitBackbone.fromConfig(new BeitConfig({ ...TINY, ...init }), { seed: 3 });
const refuses = (init: BeitConfigInit, pattern: RegExp) => refused(make(init), 'InvalidConfig', pattern);

test('maps are the hidden states without class token, channels first', async () => {
  const model = await make({ outFeatures: ['stem', 'stage3'] });
  assert.equal(model.outFeatures, ['stem', 'stage3']);
  assert.equal(model.channels, [8, 8]);
  const { featureMaps, hiddenStates } = await model.forward({ pixelValues, outputHiddenStates: true });
  for (const [i, state] of [0, 3].entries()) {
    assert.equal(featureMaps[i].dims, [2, 8, 4, 5]);
    for (const [at, value] of featureMaps[i].data.entries()) {
      const [b, c, p] = [Math.floor(at / 160), Math.floor(at / 20) % 8, at % 20];
      assert.is(value, hiddenStates![state].data[(b * 21 + 1 + p) * 8 + c]);
    }
  }
});

test('reshapeHiddenStates: false gives them as they are', async () => {
  const model = await make({ outIndices: [0, -1], reshapeHiddenStates: false });
  const { featureMaps, hiddenStates } = await model.forward({ pixelValues, outputHiddenStates: true });
  assert.equal(
    featureMaps.map(({ dims }) => dims),
    [
      [2, 21, 8],
      [2, 21, 8],
    ],
  );
  assert.equal(featureMaps[0].data, hiddenStates![0].data);
  assert.equal(featureMaps[1].data, hiddenStates![4].data);
});

test('the last stage alone unless told otherwise; with addFpn four scales', async () => {
  assert.equal((await make({})).outFeatures, ['stage4']);
  const { featureMaps } = await (await make({ addFpn: true, outIndices: [1, 2, 3, 4] })).forward({ pixelValues });
  assert.equal(
    featureMaps.map(({ dims }) => dims),
    [
      [2, 8, 16, 20],
      [2, 8, 8, 10],
      [2, 8, 4, 5],
      [2, 8, 2, 2],
    ],
  );
});

test('refuses stages that do not fit', async () => {
  await refuses({ outFeatures: ['stage5'] }, /expected some of stem, stage1.*got "stage5"/);
  await refuses({ outIndices: [5] }, /expected -5 to 4, got 5/);
  await refuses({ outIndices: [2, 1] }, /unique and in order: got \[2,1\]/);
  await refuses({ outIndices: [1], outFeatures: ['stage2'] }, /do not correspond: got stages \[1\] and \[2\]/);
  await refuses({ addFpn: true, outIndices: [1, 2] }, /4 integers when addFpn is true, got \[1,2\]/);
  await refuses({ addFpn: true, outIndices: [1, 2, 3, 4], reshapeHiddenStates: false }, /reshape_hidden_states/);
});

test.run();
