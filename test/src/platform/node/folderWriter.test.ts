import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../../../src/model/beit/config/config.ts';
import { folderWriter } from '../../../../src/platform/node/folderWriter.ts';
import { BeitModel } from '../../../../src/pretrained/beitModel.ts';
import { refused } from '../../refused.ts';

const test = suite('platform/node/folderWriter');
const folder = mkdtempSync(join(tmpdir(), 'beit-'));
test.after(() => rmSync(folder, { recursive: true }));

async function write(create: Awaited<ReturnType<typeof folderWriter>>, name: string, ...chunks: string[]) {
  const file = await create(name);
  for (const chunk of chunks) await file.write(new TextEncoder().encode(chunk));
  await file.close();
}

test('makes the folders above it and writes chunk behind chunk', async () => {
  const create = await folderWriter(join(folder, 'a/b'));
  await write(create, 'one', 'left ', 'right');
  assert.is(readFileSync(join(folder, 'a/b/one'), 'utf8'), 'left right');
  await write(create, 'one', 'anew');
  assert.is(readFileSync(join(folder, 'a/b/one'), 'utf8'), 'anew', 'a longer file is cut');
});

test('a folder under a file, a file where a folder is needed', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'x');
  await refused(() => folderWriter(join(file, 'below')), 'FileSystem', /make the folder .*below: a file is where/);
  const create = await folderWriter(folder);
  await folderWriter(join(folder, 'taken'));
  await refused(() => create('taken'), 'FileSystem', /write .*taken: EISDIR/);
  await refused(() => create('no/such/file'), 'FileSystem', /ENOENT/);
});

test('a place where no folder can be made is refused, not tried for ever', async () => {
  if (process.platform !== 'linux') return console.log('skip: only Linux has /proc');
  await refused(() => folderWriter('/proc/beit'), 'FileSystem', /make the folder \/proc\/beit: ENOENT/);
  await refused(() => folderWriter('/proc/beit/below'), 'FileSystem', /make the folder/);
});

test('folders made at once do not stand in each other’s way', async () => {
  const path = join(folder, 'many/levels/down');
  const creates = await Promise.all(Array.from({ length: 8 }, () => folderWriter(path)));
  await write(creates[7], 'one', 'there');
  assert.is(readFileSync(join(path, 'one'), 'utf8'), 'there');
});

test('a model says what it could not write', async () => {
  using model = await BeitModel.fromPretrained('fixtures/beit-digits');
  writeFileSync(join(folder, 'plain'), 'x');
  await refused(() => model.savePretrained(join(folder, 'plain')), 'FileSystem', /make the folder/);
});

test('another model that was in the folder is not taken for the new one', async () => {
  using model = await BeitModel.fromPretrained('fixtures/beit-digits');
  const target = join(folder, 'again');
  const config = model.config.toJSON();
  using other = await BeitModel.fromConfig(BeitConfig.fromJSON({ ...config, hidden_size: 32 }));
  for (const [saved, shardSize] of [[other], [model, 100_000], [other]] as const) {
    await saved.savePretrained(target, { shardSize });
    using opened = await BeitModel.fromPretrained(target);
    assert.is(opened.config.hiddenSize, saved.config.hiddenSize);
  }
});

test.run();
