import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha1 } from '../../../../src/hub/hash/sha1.ts';

const test = suite('hub/sha1');

function digest(bytes: Uint8Array): string {
  const hash = sha1();
  hash.update(bytes);
  return hash.digest();
}

test('gives the examples of FIPS 180-4, of one block and of two', () => {
  const two = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq';
  assert.is(digest(new TextEncoder().encode('abc')), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  assert.is(digest(new TextEncoder().encode(two)), '84983e441c3bd26ebaae4aa1f95129e5e54670f1');
  assert.is(digest(new Uint8Array(0)), 'da39a3ee5e6b4b0d3255bfef95601890afd80709');
});

test('words of all ones and all zeros, over many blocks, are those of OpenSSL', () => {
  for (const byte of [0x00, 0xff, 0x80, 0x7f]) {
    const bytes = new Uint8Array(100_000).fill(byte);
    assert.is(digest(bytes), createHash('sha1').update(bytes).digest('hex'), `${byte}`);
  }
});

test('two digests at once do not meet', () => {
  const [a, b] = [sha1(), sha1()];
  const piece = new Uint8Array(100).fill(7);
  for (const hash of [a, b, b, a, a]) hash.update(piece);
  assert.is(a.digest(), createHash('sha1').update(new Uint8Array(300).fill(7)).digest('hex'));
  assert.is(b.digest(), createHash('sha1').update(new Uint8Array(200).fill(7)).digest('hex'));
});

test.run();
