import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256 } from '../../../../src/hub/hash/sha256.ts';

const test = suite('hub/sha256');

function digest(bytes: Uint8Array): string {
  const hash = sha256();
  hash.update(bytes);
  return hash.digest();
}

test('gives the examples of FIPS 180-4, of one block and of two', () => {
  const two = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq';
  assert.is(
    digest(new TextEncoder().encode('abc')),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  assert.is(digest(new TextEncoder().encode(two)), '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1');
  assert.is(digest(new Uint8Array(0)), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('words of all ones and all zeros, over many blocks, are those of OpenSSL', () => {
  for (const byte of [0x00, 0xff, 0x80, 0x7f]) {
    const bytes = new Uint8Array(100_000).fill(byte);
    assert.is(digest(bytes), createHash('sha256').update(bytes).digest('hex'), `${byte}`);
  }
});

test('two digests at once do not meet', () => {
  const [a, b] = [sha256(), sha256()];
  const piece = new Uint8Array(100).fill(7);
  for (const hash of [a, b, b, a, a]) hash.update(piece);
  assert.is(a.digest(), createHash('sha256').update(new Uint8Array(300).fill(7)).digest('hex'));
  assert.is(b.digest(), createHash('sha256').update(new Uint8Array(200).fill(7)).digest('hex'));
});

test.run();
