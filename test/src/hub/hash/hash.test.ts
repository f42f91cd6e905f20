import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type HashName, streamingHash } from '../../../../src/hub/hash/hash.ts';
import { noise } from '../../../hubServer/repository.ts';

const test = suite('hub/hash');
const NAMES: readonly HashName[] = ['sha256', 'sha1'];

function digest(name: HashName, ...pieces: Uint8Array[]): string {
  const hash = streamingHash(name);
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

test('agrees with OpenSSL at every length around the block and padding borders', () => {
  const bytes = noise(300, 11);
  for (const name of NAMES) {
    for (let length = 0; length <= bytes.length; length++) {
      const piece = bytes.subarray(0, length);
      assert.is(digest(name, piece), createHash(name).update(piece).digest('hex'), `${name} of ${length}`);
    }
  }
});

test('does not care how the bytes are cut, nor where they lie in their buffer', () => {
  const bytes = noise(20_000, 12).subarray(3);
  for (const name of NAMES) {
    const expected = createHash(name).update(bytes).digest('hex');
    for (const step of [1, 7, 63, 64, 65, 127, 128, 1000, 8191]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) =>
        bytes.subarray(i * step, (i + 1) * step),
      );
      assert.is(digest(name, ...pieces), expected, `${name} in steps of ${step}`);
    }
  }
});

test.run();
