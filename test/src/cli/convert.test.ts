import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytes, readLabelFile } from '../../../src/cli/convert.ts';
import { refused } from '../refused.ts';

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

test('labels as a list, by id, or one a line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'beit-'));
  try {
    const read = (text: string) => {
      writeFileSync(join(folder, 'labels'), text);
      return readLabelFile(join(folder, 'labels'));
    };
    assert.equal(await read('["cat","dog"]'), { 0: 'cat', 1: 'dog' });
    assert.equal(await read('{"0":"cat","3":"dog"}'), { 0: 'cat', 3: 'dog' });
    assert.equal(await read('cat\r\nblack dog\n'), { 0: 'cat', 1: 'black dog' });
    await refused(() => readLabelFile(join(folder, 'none')), 'FileSystem', /Cannot read .*none/);
    await refused(() => read('["cat"'), 'InvalidConfig', /not JSON/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
