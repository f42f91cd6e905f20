import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeOutput } from '../../../src/cli/writeOutput.ts';
import { refused } from '../refused.ts';

const test = suite('cli/writeOutput');
const folder = mkdtempSync(join(tmpdir(), 'beit-'));
test.after(() => rmSync(folder, { recursive: true }));

test('writes the bytes, or names the file that it could not write', async () => {
  const path = join(folder, 'x.png');
  await writeOutput(path, new Uint8Array([1, 2]));
  assert.equal([...readFileSync(path)], [1, 2]);
  await refused(() => writeOutput(join(path, 'y.png'), new Uint8Array(1)), 'FileSystem', /write .*x\.png\/y\.png: /);
});

test.run();
