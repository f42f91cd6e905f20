import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  readBoolean,
  readChannels,
  readDeviation,
  readNumber,
  readResample,
  readSize,
  readTarget,
} from '../../../../src/image/process/readField.ts';
import { quoted } from '../../../../src/quoted.ts';
import { refused } from '../../refused.ts';

const test = suite('image/readField');

/** Every value is refused under the name of the field, with what it is. */
async function refuses(read: (name: string, value: unknown) => unknown, ...values: unknown[]): Promise<void> {
  for (const value of values) {
    const { message } = await refused(() => read('some_field', value), 'InvalidConfig', /expected some_field to be/);
    assert.ok(message.endsWith(`got ${quoted(value)}`), message);
  }
}

test('flags and numbers', async () => {
  assert.equal([readBoolean('a', true), readBoolean('a', false)], [true, false]);
  await refuses(readBoolean, 0, 1, 'true', {});
  assert.equal(
    [0, -1.5, 1e300].map((n) => readNumber('a', n)),
    [0, -1.5, 1e300],
  );
  await refuses(readNumber, Number.NaN, Number.POSITIVE_INFINITY, '1', true, []);
});

test('edges that are null or undefined are not there', async () => {
  const edge = { shortest_edge: 24 };
  for (const longest_edge of [null, undefined]) assert.equal(readTarget('a', { ...edge, longest_edge }), edge);
  assert.equal(readTarget('a', { height: 3, width: 5, shortest_edge: null }), { height: 3, width: 5 });
  await refuses(readTarget, { longest_edge: 24, shortest_edge: null }, { shortest_edge: 0 });
});

test('a size is a side, two sides, or two names, height first', async () => {
  const size = { height: 3, width: 5 };
  for (const value of [[3, 5], size, { width: 5, height: 3, depth: 7 }]) assert.equal(readSize('a', value), size);
  assert.equal(readSize('a', 8000), { height: 8000, width: 8000 });
  await refuses(readSize, 0, -3, 1.5, '224', [], [224], [1, 2, 3], [1, '2'], { shortest_edge: 224 }, { height: 3 });
  await refuses(readSize, 8001, [1, 64_000_001], Number.POSITIVE_INFINITY, null);
});

test('a filter is a name or the number of Pillow', async () => {
  assert.equal(
    [2, 'bilinear', 5].map((value) => readResample('a', value)),
    ['bilinear', 'bilinear', 'hamming'],
  );
  await refuses(readResample, 6, -1, 2.5, 'Bilinear', '2', [], true);
});

test('one number stands for three channels', async () => {
  assert.equal(readChannels('a', 0.5), [0.5, 0.5, 0.5]);
  const given = [0, -1, 2];
  const read = readChannels('a', given);
  assert.equal(read, given);
  assert.is.not(read, given);
  await refuses(readChannels, [0.5], [1, 2, 3, 4], [1, 2, '3'], [1, 2, Number.NaN], 'x', null);
});

test('a deviation is not zero, in single precision either', async () => {
  assert.equal(readDeviation('a', [1, -2, 1e-40]), [1, -2, 1e-40]);
  await refuses(readDeviation, 0, [1, 0, 1], 1e-60, [1, 2]);
});

test.run();
