import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { concatBytes, concatFloats } from '../../src/concatBytes.ts';

const test = suite('concatBytes');

test('parts come one behind the other, copied, empty ones leaving nothing', () => {
  const part = Uint8Array.of(9, 1, 2, 9).subarray(1, 3);
  const whole = concatBytes([part, new Uint8Array(0), Uint8Array.of(3), part]);
  assert.equal(whole, Uint8Array.of(1, 2, 3, 1, 2));
  part[0] = 7;
  assert.is(whole[0], 1);
  assert.equal(concatBytes([]), new Uint8Array(0));
});

test('floats alike', () => {
  assert.equal([...concatFloats([Float32Array.of(1.5, -2), new Float32Array(0), Float32Array.of(3)])], [1.5, -2, 3]);
  assert.is(concatFloats([]).length, 0);
});

test.run();
