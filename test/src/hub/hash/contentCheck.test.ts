import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contentCheck, contentHash } from '../../../../src/hub/hash/contentCheck.ts';
import type { HashName } from '../../../../src/hub/hash/hash.ts';
import { gitBlob, noise, sha256 } from '../../../hubServer/repository.ts';
import { refused } from '../../refused.ts';

const test = suite('hub/contentCheck');
const bytes = noise(1000, 5);

/** Feeds `content` in two pieces. */
function checked(etag: string, content: Uint8Array, size = content.length): void {
  const check = contentCheck('a.bin', etag, size);
  check.update(content.subarray(0, 300));
  check.update(content.subarray(300));
  check.finish();
}

test('64 digits are sha256 of the content, 40 are the hash git gives a blob of that size', () => {
  for (const content of [bytes, new Uint8Array(0), noise(64, 1)]) {
    checked(sha256(content), content);
    checked(gitBlob(content), content);
  }
});

test('one flipped bit is told with both hashes, a byte too few or too many by the sizes', async () => {
  const flipped = bytes.slice();
  flipped[999] ^= 1;
  const { message } = await refused(() => checked(sha256(bytes), flipped), 'IntegrityFailed', /Cannot verify "a.bin"/);
  assert.ok(message.includes(sha256(bytes)) && message.includes(sha256(flipped)), message);
  await refused(() => checked(gitBlob(bytes), flipped), 'IntegrityFailed', /expected sha1/);
  for (const size of [999, 1001])
    await refused(() => checked(sha256(bytes), bytes, size), 'IntegrityFailed', new RegExp(`${size} bytes, got 1000`));
});

test('another digest, where the runtime has a faster one, is asked by name', () => {
  const asked: HashName[] = [];
  const createHashOf = (name: HashName) => {
    asked.push(name);
    const hash = createHash(name);
    return { update: (piece: Uint8Array) => void hash.update(piece), digest: () => hash.digest('hex') };
  };
  for (const etag of [sha256(bytes), gitBlob(bytes)]) {
    const check = contentCheck('a.bin', etag, bytes.length, createHashOf);
    check.update(bytes);
    check.finish();
  }
  assert.equal(asked, ['sha256', 'sha1']);
});

test('a hash is 40 or 64 small digits, in a tag of any strength, and nothing else', () => {
  const [short, long] = ['0a'.repeat(20), 'f9'.repeat(32)];
  for (const hash of [short, long])
    for (const tag of [hash, `"${hash}"`, `W/"${hash}"`]) assert.is(contentHash(tag), hash, tag);
  for (const tag of [
    null,
    '',
    '""',
    short.slice(1),
    `${short}0`,
    short.toUpperCase(),
    `"${long}`.slice(0, 60),
    `../${short}`,
    `${short}\n`,
  ])
    assert.is(contentHash(tag), null, `${tag}`);
});

test.run();
