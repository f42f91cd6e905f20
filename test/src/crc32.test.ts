import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '../../src/crc32.ts';

const test = suite('crc32');

test('is the check value of its definition', () => {
  assert.is(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
  assert.is(crc32(new Uint8Array(0)), 0);
});

test('agrees with zlib, in one piece and in two', () => {
  const property = fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 100 }), (bytes, cut) => {
    assert.is(crc32(bytes), zlibCrc32(bytes));
    assert.is(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut))), zlibCrc32(bytes));
  });
  fc.assert(property, { numRuns: 1000, seed: 3 });
});

test.run();
