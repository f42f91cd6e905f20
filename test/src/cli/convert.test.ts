import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytes } from '../../../src/cli/convert.ts';

const test = suite('cli/convert');

test('sizes as people write them', () => {
  for (const [text, expected] of [
    ['1', 1],
    ['100B', 100],
    ['100kb', 100_000],
    ['24MB', 24_000_000],
    ['1.5 G', 1_500_000_000],
    ['0.5K', 500],
  ] as const) {
    assert.is(bytes(text), expected, text);
  }
});

test('what is no size, or none at all', () => {
  for (const text of ['', 'MB', '-1', '0', '0.0 MB', '1e9', '1TB', '12 34', '1.']) {
    assert.throws(() => bytes(text), /Expected a size such as 24MB/, text);
  }
});

test.run();
