import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkDims, classIndices, IGNORED } from '../../../../../src/model/beit/losses/lossLabels.ts';
import { Tensor } from '../../../../../src/tensor.ts';
import { refused } from '../../../refused.ts';
import { floats, int64 } from './lossTensors.ts';

const test = suite('model/beit/lossLabels');
const int32 = (...values: number[]) => new Tensor('int32', Int32Array.from(values), [values.length]);

test('labels of either width become numbers, ignored ones kept', () => {
  for (const labels of [int64(0, 2, IGNORED), int32(0, 2, IGNORED)]) {
    assert.equal(classIndices(labels, 3, IGNORED), [0, 2, -100]);
  }
  assert.equal(classIndices(int32(255, 1), 2, 255), [255, 1]);
  assert.equal(classIndices(int32(), 2, 255), []);
});

test('the first label that is no class is named', async () => {
  const wrong = (labels: Parameters<typeof classIndices>[0], message: RegExp) =>
    refused(() => classIndices(labels, 3, 255), 'InvalidArgument', message);
  await wrong(int32(0, 3, 4), /expected 0 to 2, or 255 to ignore, got 3 at 1/);
  await wrong(int64(0, 255, -1), /got -1 at 2/);
  await wrong(int64(-100), /got -100 at 0/);
  await wrong(new Tensor('int64', BigInt64Array.of(2n ** 62n), [1]), /got 4611686018427388000 at 0/);
  await wrong(floats([1]), /int64 or int32, got float32/);
});

test('dims are one of those accepted', async () => {
  checkDims(floats([1, 2], [2, 1]), [2], [2, 1]);
  checkDims(floats([1, 2]), [2], [2, 1]);
  await refused(() => checkDims(floats([1, 2]), [2, 1], [1, 2]), 'InvalidArgument', /\[2,1\] or \[1,2\], got \[2\]/);
  await refused(() => checkDims(floats([1, 2], [1, 2]), [2]), 'InvalidArgument', /expected dims \[2\], got \[1,2\]/);
});

test.run();
