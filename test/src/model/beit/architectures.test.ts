import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Architecture } from '../../../../src/model/beit/architecture.ts';
import { architectureNamed, architectureOf } from '../../../../src/model/beit/architectures.ts';
import { BeitConfig } from '../../../../src/model/beit/config/config.ts';
import { refused } from '../../refused.ts';

const test = suite('pretrained/architectures');
const saved = (...architectures: string[]) => new BeitConfig({ extra: { architectures } });

test('a config names its class; data2vec computes the same', () => {
  for (const [found, expected] of [
    ['BeitForImageClassification', 'BeitForImageClassification'],
    ['Data2VecVisionForSemanticSegmentation', 'BeitForSemanticSegmentation'],
    ['Data2VecVisionModel', 'BeitModel'],
    ['BeitForMaskedImageModeling', 'BeitForMaskedImageModeling'],
    ['BeitBackbone', 'BeitBackbone'],
  ]) {
    assert.is(architectureOf(saved(found)).name, expected);
  }
  assert.is(architectureOf(new BeitConfig()).name, 'BeitModel');
});

test('variants are made again from their data', () => {
  for (const pooling of [true, false]) {
    assert.is(architectureNamed('BeitModel', pooling).variant, pooling);
    assert.is((architectureNamed('BeitModel', pooling) as Architecture).parts(new BeitConfig()).pooler, pooling);
  }
  assert.is(architectureNamed('BeitModel').variant, true);
});

test('a class of another family', async () => {
  await refused(() => architectureOf(saved('ViTModel')), 'InvalidConfig', /"ViTModel": expected one of BeitModel, /);
  await refused(() => architectureNamed('toString'), 'InvalidConfig', /toString/);
});

test.run();
