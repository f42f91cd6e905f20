import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fileSource } from '../../../../src/platform/node/fileSource.ts';
import type { ByteSource } from '../../../../src/weights/bytes/byteSource.ts';
import { refused } from '../../refused.ts';

const test = suite('platform/node/fileSource');
const folder = mkdtempSync(join(tmpdir(), 'beit-file-source-'));
const path = join(folder, 'weights');
/** More than all buffers together hold, and no multiple of anything. */
const content = Uint8Array.from({ length: 7_654_321 }, (_, i) => (i * 7) % 251);

async function newSource(): Promise<ByteSource> {
  writeFileSync(path, content);
  return (await fileSource(folder, 'weights'))!;
}

const same = (bytes: Uint8Array, begin: number) =>
  Buffer.compare(bytes, content.subarray(begin, begin + bytes.length)) === 0;

test('any range is exactly those bytes, read at once or as a stream', async () => {
  const source = await newSource();
  assert.is(source.size, content.length);
  for (const [begin, end] of [
    [0, content.length],
    [0, 8],
    [3, 3],
    [1_000_001, 6_000_002],
    [content.length - 5, content.length],
  ]) {
    const bytes = await source.read(begin, end);
    assert.ok(bytes.length === end - begin && same(bytes, begin), `read [${begin}, ${end})`);
    let at = begin;
    for await (const chunk of source.stream(begin, end)) {
      // others are read meanwhile, and must not land here
      await new Promise((resolve) => setTimeout(resolve, 2));
      assert.ok(same(chunk, at), `stream at ${at}`);
      at += chunk.length;
    }
    assert.is(at, end);
  }
});

test('bytes that have a place are read there, in whole grains, and nothing beside it', async () => {
  const source = await newSource();
  const memory = new WebAssembly.Memory({ initial: 120, maximum: 120, shared: true });
  const begins = [1000, 3_000_000, 3_000_300];
  const ends = [2_800_005, 3_000_300, 7_000_000];
  const places = begins.map((begin, i) => {
    const grain = [3_000, 7, 2_500_000][i];
    const bytes = (from: number, to: number) => {
      assert.is((from - begin) % grain, 0);
      assert.ok((to - begin) % grain === 0 || to === ends[i], `[${from}, ${to})`);
      return new Uint8Array(memory.buffer, from - 500, to - from);
    };
    return { begin, end: ends[i], grain, bytes };
  });
  let at = 500;
  for await (const chunk of source.stream(500, content.length, places)) {
    const inside = places.some(({ begin, end }) => begin <= at && at + chunk.length <= end);
    assert.is(chunk.buffer === memory.buffer, inside, `at ${at}`);
    assert.ok(same(chunk, at), `at ${at}`);
    at += chunk.length;
  }
  assert.is(at, content.length);
  const read = new Uint8Array(memory.buffer).slice(0, content.length - 500);
  const expected = read.map((_, i) =>
    places.some(({ begin, end }) => begin <= i + 500 && i + 500 < end) ? content[i + 500] : 0,
  );
  assert.is(Buffer.compare(read, expected), 0);
});

test('a file that shrank is told, and what was read before is not lost', async () => {
  const source = await newSource();
  truncateSync(path, 2_500_000);
  let read = 0;
  const stream = async () => {
    for await (const chunk of source.stream(0, content.length)) read += chunk.length;
  };
  await refused(stream, 'InvalidCheckpoint', /expected 7654321 bytes, got 2500000$/);
  assert.is(read, 2 << 20);
  await refused(() => source.read(0, 3_000_000), 'InvalidCheckpoint');
  rmSync(path);
  await refused(() => source.read(0, 1), 'FileSystem', /ENOENT/);
});

test('who stops early leaves nothing open and nothing under way', async () => {
  const source = await newSource();
  const before = process.getActiveResourcesInfo().length;
  for await (const chunk of source.stream(0, content.length)) {
    assert.ok(same(chunk, 0));
    break;
  }
  assert.is(process.getActiveResourcesInfo().length, before);
});

test('what is no file is not there', async () => {
  assert.is(await fileSource(folder, 'absent'), null);
  assert.is(await fileSource(folder, '.'), null);
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
