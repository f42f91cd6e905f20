import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { table } from '../../../src/cli/table.ts';

const test = suite('cli/table');

test('columns are as wide as their widest cell; numbers and sizes stand to the right, nothing trails', () => {
  assert.is(
    table([
      ['dtype', 'size', 'count'],
      ['f32', '10.5 MB', 7],
      ['bfloat', '9.0 MB', 120],
    ]),
    ['dtype   size     count', 'f32     10.5 MB      7', 'bfloat   9.0 MB    120'].join('\n'),
  );
});

test('nothing to show is nothing', () => {
  assert.is(table([]), '');
});

test.run();
