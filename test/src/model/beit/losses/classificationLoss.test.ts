import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../../../../src/model/beit/config/config.ts';
import { classificationLoss, inferProblemType } from '../../../../../src/model/beit/losses/classificationLoss.ts';
import { Tensor } from '../../../../../src/tensor.ts';
import { refused } from '../../../refused.ts';
import { floats, int64, near } from './lossTensors.ts';

const test = suite('model/beit/classificationLoss');

test('infers the problem type as transformers does, anew for every call', () => {
  const type = (numLabels: number, labels: Parameters<typeof inferProblemType>[1]) =>
    inferProblemType(new BeitConfig({ numLabels }), labels);
  assert.is(type(1, floats([0])), 'regression');
  assert.is(type(1, int64(0)), 'regression');
  assert.is(type(3, int64(0)), 'single_label_classification');
  assert.is(type(3, floats([0, 1, 0], [1, 3])), 'multi_label_classification');
  const fixed = new BeitConfig({ numLabels: 3, problemType: 'regression' });
  assert.is(inferProblemType(fixed, int64(0)), 'regression');
});

test('regression to one number takes [B] and [B, 1]', () => {
  const config = new BeitConfig({ numLabels: 1 });
  const logits = floats([1, 2], [2, 1]);
  near(classificationLoss(config, floats([0, 0]), 2)(logits), 2.5);
  near(classificationLoss(config, floats([0, 0], [2, 1]), 2)(logits), 2.5);
  near(classificationLoss(config, int64(0, 1), 2)(logits), 1);
});

test('refuses class labels that cannot be, before anything runs', async () => {
  const config = new BeitConfig({ numLabels: 3 });
  await refused(() => classificationLoss(config, int64(0, 3), 2), 'InvalidArgument', /expected 0 to 2.*got 3 at 1/);
  await refused(() => classificationLoss(config, int64(0, -1), 2), 'InvalidArgument', /got -1 at 1/);
  await refused(() => classificationLoss(config, int64(0), 2), 'InvalidArgument', /expected dims \[2\].*got \[1\]/);
  await refused(
    () => classificationLoss(config, floats([0, 1], [2, 1]), 2),
    'InvalidArgument',
    /expected dims \[2,3\].*got \[2,1\]/,
  );
  await refused(
    () => classificationLoss(config, floats([0, 1]), 2, 'single_label_classification'),
    'InvalidArgument',
    /int64 or int32/,
  );
  const integers = new Tensor('int32', new Int32Array(6), [2, 3]);
  await refused(
    () => classificationLoss(config, integers, 2, 'multi_label_classification'),
    'InvalidArgument',
    /expected float32/,
  );
  await refused(
    () => classificationLoss(new BeitConfig({ numLabels: 0 }), int64(0), 1),
    'InvalidArgument',
    /no labels/,
  );
});

test.run();
