import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../src/errors.ts';
import { Tensor } from '../../src/tensor.ts';

const test = suite('tensor');

test('keeps what it was given, without a copy', () => {
  const data = new Float32Array(6);
  const tensor = new Tensor('float32', data, [2, 3]);
  assert.is(tensor.data, data);
  assert.equal(tensor.dims, [2, 3]);
});

test('refuses dims that do not fit the data', () => {
  const make = () => new Tensor('int32', new Int32Array(5), [2, 3]);
  assert.throws(
    make,
    (e: unknown) => e instanceof BeitError && e.code === 'InvalidArgument' && /expected 6/.test(e.message),
  );
  assert.throws(() => new Tensor('int32', new Int32Array(1), [-1, -1]));
});

test.run();
