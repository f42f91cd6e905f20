import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PartialBlob } from '../../../../src/platform/node/partialBlob.ts';
import { refused } from '../../refused.ts';

const test = suite('platform/node/partialBlob');
let folder: string;
let blob: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'beit-blob-'));
  blob = join(folder, 'blobs', 'abc123');
});
test.after.each(() => rmSync(folder, { recursive: true }));

const names = () => readdirSync(join(folder, 'blobs')).sort();
const bytes = (text: string) => new TextEncoder().encode(text);
function open() {
  const seen: string[] = [];
  const publish = async (path: string) => {
    seen.push('publish');
    await rename(path, blob);
  };
  const release = async () => void seen.push('release');
  return PartialBlob.open(blob, { publish, release }).then((partial) => ({ partial, seen }));
}
async function storedIn(partial: PartialBlob): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of partial.stored()) chunks.push(chunk.slice());
  return Buffer.concat(chunks).toString();
}

test('what is written is invisible under its name until it is published, then whole', async () => {
  const { partial, seen } = await open();
  await partial.append(bytes('abc'));
  await partial.append(bytes('def'));
  assert.match(names().join(), /^abc123\.beit-[0-9a-f]{8}\.incomplete$/);
  assert.is(partial.size, 6);
  await partial.publish();
  await partial.release();
  assert.equal(names(), ['abc123']);
  assert.is(readFileSync(blob, 'utf8'), 'abcdef');
  assert.equal(seen, ['publish', 'release']);
});

test('the longest remainder is taken up, the others go, and what is not ours stays', async () => {
  mkdirSync(join(folder, 'blobs'));
  const theirs = ['abc123.incomplete', 'abc1234.beit-00000000.incomplete', 'abc123.beit-00000000.lock'];
  for (const name of theirs) writeFileSync(join(folder, 'blobs', name), 'x'.repeat(50));
  for (const [digit, length] of [
    [1, 3],
    [2, 9],
    [3, 5],
  ])
    writeFileSync(`${blob}.beit-0000000${digit}.incomplete`, `${digit}`.repeat(length));
  const { partial } = await open();
  assert.is(partial.size, 9);
  assert.is(await storedIn(partial), '222222222');
  await partial.append(bytes('!'));
  assert.is(await storedIn(partial), '222222222!');
  await partial.release();
  assert.is(names().length, theirs.length + 1);
  for (const name of theirs) assert.ok(names().includes(name), name);
});

test('what is truncated begins anew; let go with bytes it is kept for the next, without any it is removed', async () => {
  const { partial } = await open();
  await partial.append(bytes('wrong'));
  await partial.truncate();
  assert.equal([partial.size, await storedIn(partial)], [0, '']);
  await partial.append(bytes('right'));
  await partial.release();
  const { partial: next } = await open();
  assert.is(await storedIn(next), 'right');
  await next.truncate();
  await next.release();
  assert.equal(names(), []);
});

test('a file that a second writer took over while the first still wrote is not published', async () => {
  const first = await open();
  await first.partial.append(bytes('aaa'));
  const heir = await open();
  assert.is(heir.partial.size, 3);
  await first.partial.append(bytes('b'));
  await heir.partial.append(bytes('ccc'));
  await refused(heir.partial.publish(), 'IntegrityFailed', /expected 6 bytes, found 7: another wrote to it too/);
  assert.equal(heir.seen, []);
  await heir.partial.truncate();
  await heir.partial.release();
  await first.partial.release();
  assert.equal(names(), []);
});

test('where no file can be made, or given its name, the file system says so', async () => {
  const { partial } = await open();
  await partial.append(bytes('a'));
  mkdirSync(join(blob, 'x'), { recursive: true });
  await refused(partial.publish(), 'FileSystem', /Cannot publish .*\.incomplete/);
  await partial.release();
  rmSync(join(folder, 'blobs'), { recursive: true });
  writeFileSync(join(folder, 'blobs'), '');
  await refused(open(), 'FileSystem', /Cannot write .*abc123/);
});

test.run();
