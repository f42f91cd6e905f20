import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CreateFile, fileMaker, writeText } from '../../../src/loading/createFile.ts';
import { refused } from '../refused.ts';

const test = suite('loading/createFile');

test('a folder is made and written to; a function is used as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'beit-create-'));
  try {
    const create = await fileMaker(join(folder, 'new', 'model'));
    await writeText(create, 'config.json', '{"é": "モ"}\n');
    await writeText(create, 'empty', '');
    assert.is(readFileSync(join(folder, 'new', 'model', 'config.json'), 'utf8'), '{"é": "モ"}\n');
    assert.is(readFileSync(join(folder, 'new', 'model', 'empty'), 'utf8'), '');
    await refused(fileMaker(join(folder, 'new', 'model', 'empty')), 'FileSystem');
  } finally {
    rmSync(folder, { recursive: true });
  }
  const own: CreateFile = () => ({ write: () => {}, close: () => {} });
  assert.is(await fileMaker(own), own);
});

test('text is written as UTF-8 and closed before it counts as written', async () => {
  const seen: unknown[] = [];
  const later = () => new Promise<void>((done) => setTimeout(done, 1));
  const create: CreateFile = async (name) => ({
    write: (chunk) => later().then(() => void seen.push([name, ...chunk])),
    close: () => later().then(() => void seen.push('closed')),
  });
  await writeText(create, 'a', 'xé');
  assert.equal(seen, [['a', 0x78, 0xc3, 0xa9], 'closed']);
});

test.run();
