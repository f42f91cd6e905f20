import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../../../src/model/beit/config/config.ts';
import { folderWriter } from '../../../../src/platform/node/folderWriter.ts';
import { BeitModel } from '../../../../src/pretrained/beitModel.ts';
import { saveSafetensors } from '../../../../src/weights/save/saveSafetensors.ts';
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
  await refused(
    () => folderWriter('/proc/beit'),
    'FileSystem',
    /make the folder \/proc\/beit: no such file or folder \(ENOENT\)/,
  );
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

test('what was there stays when the disk is full or the file is given up', async () => {
  const small = join(folder, 'small');
  mkdirSync(small);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]).status === 0;
  if (!mounted) return console.log('skip: a small file system cannot be mounted here');
  try {
    const create = await folderWriter(small);
    await write(create, 'one', 'old');
    const large = { name: 'x', dtype: 'U8' as const, shape: [1e6], data: () => parts() };
    async function* parts() {
      for (let i = 0; i < 10; i++) yield new Uint8Array(1e5);
    }
    const full = () => saveSafetensors([large], () => create('one'));
    await refused(full, 'FileSystem', /write .*one: no space left on the device \(ENOSPC\)/);
    assert.equal(readdirSync(small), ['one']);
    assert.is(readFileSync(join(small, 'one'), 'utf8'), 'old');
  } finally {
    spawnSync('umount', [small]);
  }
});

test('a link keeps its place', async () => {
  writeFileSync(join(folder, 'linked'), 'old');
  symlinkSync(join(folder, 'linked'), join(folder, 'link'));
  await write(await folderWriter(folder), 'link', 'new');
  assert.is(readFileSync(join(folder, 'linked'), 'utf8'), 'new');
  assert.ok(lstatSync(join(folder, 'link')).isSymbolicLink());
});

test.run();
