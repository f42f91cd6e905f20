import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../../src/errors.ts';
import { BitReader } from '../../../../src/image/jpeg/bitReader.ts';
import { HuffmanTable } from '../../../../src/image/jpeg/huffmanTable.ts';

const test = suite('image/jpeg/huffmanTable');

function counts(...pairs: [length: number, count: number][]): Uint8Array {
  const all = new Uint8Array(16);
  for (const [length, count] of pairs) all[length - 1] = count;
  return all;
}

function readerOf(bits: string): BitReader {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = padded.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2));
  return new BitReader(new Uint8Array(bytes.flatMap((byte) => (byte === 255 ? [255, 0] : [byte]))), 0);
}

test('reads short codes and long ones', () => {
  // 0 → 5, 10 → 6, 110 → 7, then one of 12 bits: 1110 0000 0000 → 8
  const table = new HuffmanTable(counts([1, 1], [2, 1], [3, 1], [12, 1]), new Uint8Array([5, 6, 7, 8]));
  const reader = readerOf('0101101110000000000' + '0');
  assert.equal(
    [1, 2, 3, 4, 5].map(() => table.read(reader)),
    [5, 6, 7, 8, 5],
  );
  assert.not(reader.exhausted);
});

test('takes 17 bits that are no code for 0', () => {
  const table = new HuffmanTable(counts([2, 1]), new Uint8Array([9]));
  const reader = readerOf(`${'1'.repeat(17)}00`);
  assert.is(table.read(reader), 0);
  assert.is(table.read(reader), 9);
});

test('refuses more codes than bits allow', () => {
  const refused = (e: unknown) => e instanceof BeitError && e.code === 'InvalidImage';
  assert.throws(() => new HuffmanTable(counts([1, 3]), new Uint8Array(3)), refused);
  assert.throws(() => new HuffmanTable(counts([1, 2]), new Uint8Array(2)), refused); // ones alone are kept free
});

test('the bits end at a marker, behind which all are zero', () => {
  const reader = new BitReader(new Uint8Array([0b10100000, 255, 0, 0b11000000, 255, 0xd9]), 0);
  assert.is(reader.bits(3), 0b101);
  assert.is(reader.bits(5), 0);
  assert.is(reader.bits(8), 255);
  assert.is(reader.bits(8), 0b11000000);
  assert.not(reader.exhausted);
  assert.is(reader.bits(16), 0);
  assert.ok(reader.exhausted);
  assert.is(reader.position, 4);
});

test('signed numbers count from the most negative', () => {
  const reader = readerOf('0' + '1' + '00' + '01' + '10' + '11');
  assert.equal(
    [1, 1, 2, 2, 2, 2].map((n) => reader.signed(n)),
    [-1, 1, -3, -2, 2, 3],
  );
  assert.is(reader.signed(0), 0);
});

test.run();
