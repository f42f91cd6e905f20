import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buffersOf, withTensors } from '../../../src/hosting/plainData.ts';
import { Tensor } from '../../../src/tensor.ts';

const test = suite('hosting/plainData');

test('every buffer is found once, however deep it lies and however many look at it', () => {
  const [a, b] = [new Float32Array(4), new Uint8Array(2)];
  const tensor = new Tensor('float32', a, [2, 2]);
  const value = { tensor, list: [null, 'text', 3, { b, again: a.subarray(1) }], nothing: undefined };
  assert.equal([...buffersOf(value)], [a.buffer, b.buffer]);
  for (const none of [null, undefined, 'text', 7, [], {}]) assert.is(buffersOf(none).size, 0);
});

test('what was handed over comes back as it was, tensors and all, and nothing stays behind', () => {
  const value = {
    logits: new Tensor('float32', Float32Array.of(1, 2), [1, 2]),
    layers: [new Tensor('int32', Int32Array.of(3), [1]), null],
    deep: { mask: new Tensor('bool', Uint8Array.of(1, 0), [2]), name: 'x', bytes: Uint8Array.of(9) },
  };
  const expected = structuredClone(value);
  const crossed = withTensors(structuredClone(value, { transfer: [...buffersOf(value)] }));
  assert.is(value.logits.data.length, 0);
  assert.instance(crossed.logits, Tensor);
  assert.instance(crossed.layers[0], Tensor);
  assert.instance(crossed.deep.mask, Tensor);
  assert.is(crossed.layers[0]!.type, 'int32');
  assert.equal(structuredClone(crossed), expected);
  assert.is(withTensors('text'), 'text');
  assert.is(withTensors(null), null);
});

test.run();
