import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sizeOf } from '../../../src/weights/storedTensor.ts';

const test = suite('weights/storedTensor');

test('a scalar is one element, a tensor with an empty axis none, and no product is cut to 32 bits', () => {
  assert.is(sizeOf([]), 1);
  assert.is(sizeOf([768, 0, 3]), 0);
  assert.is(sizeOf([768, 3, 16, 16]), 589_824);
  assert.is(sizeOf([2 ** 16, 2 ** 16, 3]), 3 * 2 ** 32);
});

test.run();
