import { createWriteStream, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline as streamTo } from 'node:stream/promises';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { pack } from 'tar-stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openShards } from '../../../src/batch/openShards.ts';
import type { Shard } from '../../../src/batch/sample.ts';
import { refused } from '../refused.ts';
import { pictureFolder } from './batchFolder.ts';

const test = suite('batch/openShards');
const scan = new Uint8Array(readFileSync('fixtures/beit-digits/scans/0005-5.png'));

async function keysOf(shard: Shard): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of shard.samples()) keys.push(key);
  return keys;
}

test('a folder is cut into shards in the order of names, with what is in its folders', async () => {
  const folder = pictureFolder();
  const shards = await openShards(folder, 4);
  assert.equal(
    shards.map(({ index, name }) => [index, name]),
    [
      [0, '00000'],
      [1, '00001'],
      [2, '00002'],
    ],
  );
  assert.equal((await keysOf(shards[0])).slice(0, 2), ['0000-0.png', '0005-5.png']);
  assert.equal(await keysOf(shards[2]), [join('broken', 'text.jpg')]);
  const again = await openShards(folder, 4);
  assert.is(again[0].fingerprint, shards[0].fingerprint);
});

test('globs, lists and single files', async () => {
  const folder = pictureFolder(false);
  const paths = ['0000-0.png', '0005-5.png'].map((name) => join(folder, name));
  writeFileSync(join(folder, 'list.txt'), `${paths.join('\r\n')}\n`);
  assert.equal(await keysOf((await openShards(`@${join(folder, 'list.txt')}`, 10))[0]), paths);
  assert.equal(await keysOf((await openShards(join(folder, '000*.png'), 10))[0]), paths);
  assert.equal(await keysOf((await openShards(paths[1], 10))[0]), [paths[1]]);
  await refused(openShards('@nowhere.txt', 10), 'FileNotFound', /Cannot read the list "nowhere.txt"/);
  await refused(openShards(join(folder, '*.gif'), 10), 'FileNotFound');
});

test('a picture that is not there fails when it is read, not before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'list-'));
  writeFileSync(join(folder, 'list.txt'), 'gone.png\n');
  for await (const sample of (await openShards(`@${join(folder, 'list.txt')}`, 10))[0].samples()) {
    await refused(sample.read(), 'FileNotFound', /gone\.png/);
  }
});

test('webdataset tar files: keys end at the first dot of the base name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tar-'));
  const tar = pack();
  tar.entry({ name: '00000/000000000.png' }, Buffer.from(scan));
  tar.entry({ name: '00000/000000000.json' }, '{}');
  tar.entry({ name: '00000/000000001.a.PNG' }, Buffer.from(scan));
  tar.entry({ name: '00000/README' }, 'no picture');
  tar.finalize();
  await streamTo(tar, createWriteStream(join(folder, '00007.tar')));
  const [shard] = await openShards(folder, 10);
  assert.is(shard.name, '00007');
  assert.equal(await keysOf(shard), ['00000/000000000', '00000/000000001']);
  for await (const sample of shard.samples()) assert.equal([...(await sample.read())], [...scan]);
});

test('parquet files with encoded pictures', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parquet-'));
  const data = Array.from({ length: 600 }, (_, i) => (i === 300 ? null : scan));
  const columnData = [
    { name: 'key', data: data.map((_, i) => `k${i}`), type: 'STRING' as const },
    { name: 'jpg', data, type: 'BYTE_ARRAY' as const },
  ];
  writeFileSync(join(folder, 'a.parquet'), new Uint8Array(parquetWriteBuffer({ columnData })));
  const [shard] = await openShards(join(folder, 'a.parquet'), 1000);
  const parts = await openShards(join(folder, 'a.parquet'), 250);
  assert.equal(
    parts.map(({ name, count }) => [name, count]),
    [
      ['a_00000', 250],
      ['a_00001', 250],
      ['a_00002', 100],
    ],
  );
  assert.equal([(await keysOf(parts[2])).at(0), (await keysOf(parts[2])).length], ['k500', 100]);
  let count = 0;
  for await (const { key, read } of shard.samples()) {
    assert.is(key, `k${count}`);
    if (count === 300) await refused(read(), 'InvalidImage', /row 300 of "a.parquet"/);
    else assert.is((await read()).length, scan.length);
    count++;
  }
  assert.is(count, 600);
});

test.run();
