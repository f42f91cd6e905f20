import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { architectureKeyOf, architectureNamed, architectureOf } from '../../../../src/model/beit/architectures.ts';
import { BeitConfig } from '../../../../src/model/beit/config/config.ts';
import { refused } from '../../refused.ts';

const test = suite('pretrained/architectures');
const saved = (...architectures: string[]) => new BeitConfig({ extra: { architectures } });

test('a config names its class; data2vec computes the same', async () => {
  for (const [found, expected] of [
    ['BeitForImageClassification', 'BeitForImageClassification'],
    ['Data2VecVisionForSemanticSegmentation', 'BeitForSemanticSegmentation'],
    ['Data2VecVisionModel', 'BeitModel'],
    ['BeitForMaskedImageModeling', 'BeitForMaskedImageModeling'],
    ['BeitBackbone', 'BeitBackbone'],
  ]) {
    assert.is((await architectureOf(saved(found))).name, expected);
    assert.is(architectureKeyOf(saved(found)).name, expected);
  }
  assert.is((await architectureOf(new BeitConfig())).name, 'BeitModel');
});

test('variants are made again from their data', async () => {
  for (const pooling of [true, false]) {
    const body = await architectureNamed('BeitModel', pooling);
    assert.is(body.variant, pooling);
    assert.is(body.parts(new BeitConfig()).pooler, pooling);
  }
  assert.is((await architectureNamed('BeitModel')).variant, true);
});

test('a class of another family', async () => {
  await refused(() => architectureOf(saved('ViTModel')), 'InvalidConfig', /"ViTModel": expected one of BeitModel, /);
  await refused(() => architectureNamed('toString'), 'InvalidConfig', /toString/);
});

test.run();
