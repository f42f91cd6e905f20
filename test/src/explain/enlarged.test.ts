import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { enlarged } from '../../../src/explain/enlarged.ts';

const test = suite('explain/enlarged');

test('pixels are repeated a whole number of times, until the longer side is long enough', () => {
  const picture = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 3, height: 1, channels: 2 };
  const { data, width, height, channels } = enlarged(picture, 5);
  assert.equal([width, height, channels], [6, 2, 2]);
  const row = [1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6];
  assert.equal([...data], [...row, ...row]);
  for (const least of [4, 5, 6]) assert.is(enlarged(picture, least).width, 6);
  assert.is(enlarged(picture, 7).width, 9);
});

test('what is large enough stays what it is', () => {
  const picture = { data: new Uint8Array(9), width: 1, height: 3, channels: 3 };
  assert.is(enlarged(picture, 3), picture);
});

test.run();
