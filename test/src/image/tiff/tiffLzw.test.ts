import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { unpackLzw } from '../../../../src/image/tiff/tiffLzw.ts';

const test = suite('image/tiff/tiffLzw');

/** Codes of 9 bits, the highest bit of each first; or, as in old files, the lowest. */
function codes(lowFirst: boolean, ...list: number[]): Uint8Array {
  const words = list.map((code) => code.toString(2).padStart(9, '0'));
  const bits = words.map((word) => (lowFirst ? [...word].reverse().join('') : word)).join('');
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g)!;
  return Uint8Array.from(bytes, (byte) => Number.parseInt(lowFirst ? [...byte].reverse().join('') : byte, 2));
}

function unpacked(packed: Uint8Array, length: number): number[] {
  const out = new Uint8Array(length);
  const { value, done } = unpackLzw(packed, out).next();
  assert.ok(done, 'so few codes are read without a pause');
  return [...out.subarray(0, value)];
}

test('strings, one that its own code defines, and clear codes, in files of both kinds', () => {
  for (const old of [false, true]) {
    assert.equal(unpacked(codes(old, 256, 3, 258, 7, 257), 9), [3, 3, 3, 7]);
    assert.equal(unpacked(codes(old, 256, 1, 2, 258, 260, 256, 5, 257), 20), [1, 2, 1, 2, 1, 2, 1, 5]);
  }
});

test('what does not fit is left out, and what no encoder writes ends it', () => {
  assert.equal(unpacked(codes(false, 256, 3, 258, 7), 2), [3, 3]);
  assert.equal(unpacked(codes(false, 256, 3, 300, 7), 9), [3]);
  assert.equal(unpacked(codes(false, 256, 258), 9), []);
  assert.equal(unpacked(new Uint8Array(0), 9), []);
});

test.run();
