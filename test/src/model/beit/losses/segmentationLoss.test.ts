import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../../../../src/model/beit/config/config.ts';
import { segmentationLoss } from '../../../../../src/model/beit/losses/segmentationLoss.ts';
import { Tensor } from '../../../../../src/tensor.ts';
import { refused } from '../../../refused.ts';

const test = suite('model/beit/segmentationLoss');
const config = new BeitConfig({ numLabels: 2, semanticLossIgnoreIndex: 255, auxiliaryLossWeight: 0.4 });
const labelMap = (values: number[], height: number, width: number) =>
  new Tensor('int32', Int32Array.from(values), [1, height, width]);
/** Two classes on a 1 × 2 map: class 1 minus class 0 is 0 on the left and 4 on the right. */
const logits = new Tensor('float32', Float32Array.of(0, 0, 0, 4), [1, 2, 1, 2]);
const cost = (margin: number) => Math.log(1 + Math.exp(-margin));

test('resizes the logits to the labels before the cross entropy', () => {
  // four columns between two: 0, 1, 3, 4
  const loss = segmentationLoss(config, labelMap([1, 1, 1, 1], 1, 4), 1)(logits, undefined);
  assert.ok(Math.abs(loss - (cost(0) + cost(1) + cost(3) + cost(4)) / 4) < 1e-7);
});

test('passes over ignored pixels, and is NaN without any other', () => {
  const loss = segmentationLoss(config, labelMap([255, 255, 0, 255], 1, 4), 1)(logits, undefined);
  assert.ok(Math.abs(loss - cost(-3)) < 1e-7);
  assert.ok(Number.isNaN(segmentationLoss(config, labelMap([255, 255], 1, 2), 1)(logits, undefined)));
});

test('adds the weighted loss of the auxiliary head', () => {
  const auxiliary = new Tensor('float32', Float32Array.of(1, 0), [1, 2, 1, 1]);
  const loss = segmentationLoss(config, labelMap([0, 1], 1, 2), 1)(logits, auxiliary);
  const main = (cost(0) + cost(4)) / 2;
  assert.ok(Math.abs(loss - (main + (0.4 * (cost(1) + cost(-1))) / 2)) < 1e-7);
});

test('refuses labels that cannot be', async () => {
  await refused(
    () => segmentationLoss(config, labelMap([0, 2], 1, 2), 1),
    'InvalidArgument',
    /expected 0 to 1, or 255 to ignore, got 2 at 1/,
  );
  await refused(
    () => segmentationLoss(config, labelMap([0, 1], 1, 2), 3),
    'InvalidArgument',
    /expected dims \[3, height, width\], got \[1,1,2\]/,
  );
  const floats = new Tensor('float32', new Float32Array(2), [1, 1, 2]);
  await refused(() => segmentationLoss(config, floats, 1), 'InvalidArgument', /int64 or int32, got float32/);
  await refused(
    () => segmentationLoss(new BeitConfig({ numLabels: 1 }), labelMap([0, 0], 1, 2), 1),
    'InvalidArgument',
    /greater than one, got 1/,
  );
});

test.run();
