import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { segmentsOf } from '../../../../src/image/process/segments.ts';
import { Tensor } from '../../../../src/tensor.ts';

const test = suite('image/segments');

test('classes without a label are no segments; equal shares keep the order of their classes', () => {
  const map = new Tensor('int32', new Int32Array([1, 1, 0, 0, -1, 255]), [2, 3]);
  const found = segmentsOf(map, [{ label: 'a' }, { label: 'b' }]);
  assert.equal(
    found.map(({ label, index, share }) => [label, index, share]),
    [
      ['a', 0, 1 / 3],
      ['b', 1, 1 / 3],
    ],
  );
  assert.equal([...found[1].mask.data], [255, 255, 0, 0, 0, 0]);
});

test.run();
