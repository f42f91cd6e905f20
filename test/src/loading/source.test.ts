import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isModelFiles, openSource, placeOf, readJson } from '../../../src/loading/source.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { refused } from '../refused.ts';

const test = suite('loading/source');
const FOLDER = 'fixtures/beit-digits';
const weights = new Uint8Array(readFileSync(`${FOLDER}/model.safetensors`));

test('a folder, and a file in one', async () => {
  const files = await openSource(FOLDER);
  assert.is((await files.open('model.safetensors'))!.size, weights.length);
  assert.is(await files.open('no.such.file'), null);
  assert.is((await openSource(`${FOLDER}/model.safetensors`)).file, 'model.safetensors');
});

test('the URL of a folder here, and of a file with a name that URLs escape', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'beit 100% '));
  copyFileSync(`${FOLDER}/config.json`, join(folder, 'config.json'));
  const url = pathToFileURL(folder);
  for (const source of [url, url.href]) {
    assert.ok(await (await openSource(source)).open('config.json'), String(source));
  }
  assert.is((await openSource(pathToFileURL(join(folder, 'config.json')))).file, 'config.json');
  assert.is(placeOf('file:///C:/models/my%20beit'), 'C:/models/my beit');
  assert.is(placeOf(new URL('https://host/a%20b')), 'https://host/a%20b');
  await refused(() => placeOf('file:///a/100%.png'), 'InvalidArgument', /Cannot read the URL "file:.*100%\.png"/);
  rmSync(folder, { recursive: true });
});

test('the bytes of one file, however they come', async () => {
  for (const source of [weights, weights.slice().buffer, new Blob([weights])]) {
    const files = await openSource(source);
    const file = await files.open('model.safetensors');
    assert.equal(await file!.read(8, 100), weights.slice(8, 100));
    assert.is(await files.open('config.json'), null);
  }
});

test('files by name, and files by a function', async () => {
  const files = await openSource({ 'config.json': new TextEncoder().encode('{"a":1}') });
  assert.equal(await readJson(files, 'config.json'), { a: 1 });
  assert.is(await readJson(files, 'toString'), null, 'only names that were given');
  assert.is(await openSource(files), files);
  assert.equal([isModelFiles(files), isModelFiles({ open: new Uint8Array(1) })], [true, false]);
});

test('a name that files have is no repository of the hub', async () => {
  for (const name of ['model.safetensors', 'run/beit.pth', 'checkpoint.bin', 'x.PT', 'photo.jpg', 'config.json']) {
    await refused(() => openSource(name), 'FileNotFound', /: no such file$/);
  }
});

test('what names nothing', async () => {
  await refused(() => openSource('./no-such-folder'), 'FileNotFound', /"\.\/no-such-folder": no such folder/);
  await refused(() => openSource('../beit'), 'FileNotFound');
  await refused(() => openSource('a/b/c'), 'FileNotFound');
  await refused(() => openSource(null as never), 'InvalidArgument', /got null/);
  await refused(() => openSource(7 as never), 'InvalidArgument', /got number/);
});

test('JSON that is none, or too large to be a config', async () => {
  const bad = filesOf({ 'a.json': new TextEncoder().encode('{') });
  await refused(() => readJson(bad, 'a.json'), 'InvalidConfig', /Cannot read a\.json: not JSON/);
  const huge = {
    open: async (name: string) => ({ name, size: 2 ** 30, read: assert.unreachable, stream: assert.unreachable }),
  };
  await refused(
    () => readJson(huge as never, 'a.json'),
    'InvalidConfig',
    /expected at most 4000000 bytes, got 1073741824/,
  );
});

test.run();
