import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ErrorCode } from '../../../../../../src/errors.ts';
import { BeitConfig } from '../../../../../../src/model/beit/config/config.ts';
import {
  type FeatureConvention,
  featureStates,
} from '../../../../../../src/model/beit/heads/segmentation/featureConvention.ts';
import { refused } from '../../../../refused.ts';

const test = suite('model/beit/heads/segmentation/featureConvention');

function refuses(code: ErrorCode, pattern: RegExp, config: BeitConfig, convention: FeatureConvention = 'transformers') {
  return refused(() => featureStates(config, convention), code, pattern);
}

test('three conventions, three sets of hidden states', () => {
  const config = new BeitConfig({ outIndices: [3, 5, 7, 11] });
  assert.equal(featureStates(config, 'transformers'), [2, 4, 6, 10]);
  assert.equal(featureStates(config, 'backbone'), [3, 5, 7, 11]);
  assert.equal(featureStates(config, 'unilm'), [4, 6, 8, 12]);
});

test('indices may count from the end and come in any order', () => {
  const config = new BeitConfig({ outIndices: [-1, 3, 2, -10] });
  assert.equal(featureStates(config, 'transformers'), [11, 2, 1, 2]);
  assert.equal(featureStates(config, 'backbone'), [12, 3, 2, 3]);
  assert.equal(featureStates(config, 'unilm'), [12, 4, 3, 3]);
});

test('stage names will do; without either, twelve blocks mean the indices of the published checkpoints', () => {
  const outFeatures = ['stage1', 'stage4', 'stage5', 'stage9'];
  assert.equal(featureStates(new BeitConfig({ outFeatures }), 'backbone'), [1, 4, 5, 9]);
  assert.equal(featureStates(new BeitConfig(), 'transformers'), [2, 4, 6, 10]);
});

test('refuses what is not four, or not there', async () => {
  await refuses(
    'InvalidConfig',
    /list of 4 integers.*\[3, 5, 7, 11\].*got null/,
    new BeitConfig({ numHiddenLayers: 24 }),
  );
  await refuses('InvalidConfig', /list of 4 integers.*got \[1, 2\]/, new BeitConfig({ outIndices: [1, 2] }));
  await refuses('InvalidConfig', /expected 1 to 12 .*got 0/, new BeitConfig({ outIndices: [0, 1, 2, 3] }));
  await refuses('InvalidConfig', /expected 0 to 11 .*got 12/, new BeitConfig({ outIndices: [1, 2, 3, 12] }), 'unilm');
  await refuses('InvalidConfig', /got 14/, new BeitConfig({ outIndices: [1, 2, 3, 14] }));
  const wrong = 'mmseg' as FeatureConvention;
  await refuses('InvalidArgument', /got "mmseg"/, new BeitConfig(), wrong);
});

test.run();
