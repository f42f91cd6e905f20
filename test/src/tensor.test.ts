import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Tensor } from '../../src/tensor.ts';
import { refused } from './refused.ts';

const test = suite('tensor');

test('keeps what it was given, without a copy', () => {
  const data = new Float32Array(6);
  const tensor = new Tensor('float32', data, [2, 3]);
  assert.is(tensor.data, data);
  assert.equal(tensor.dims, [2, 3]);
});

test('refuses dims that do not fit the data', async () => {
  const make = () => new Tensor('int32', new Int32Array(5), [2, 3]);
  await refused(make, 'InvalidArgument', /expected Int32Array of 6/);
  await refused(() => new Tensor('int32', new Int32Array(1), [-1, -1]), 'InvalidArgument');
});

test('refuses data of another type', async () => {
  const make = (type: string, data: unknown, dims: unknown = [2]) =>
    new Tensor(type as 'float32', data as never, dims as never);
  await refused(() => make('float32', [1, 2]), 'InvalidArgument', /expected Float32Array of 2 .*, got Array of 2/);
  await refused(() => make('float32', new Float64Array(2)), 'InvalidArgument', /got Float64Array/);
  await refused(() => make('float16', new Uint16Array(2)), 'InvalidArgument', /expected a tensor, got float16/);
  await refused(() => make('int32', new Int32Array(2), null), 'InvalidArgument', /dims null/);
});

test.run();
