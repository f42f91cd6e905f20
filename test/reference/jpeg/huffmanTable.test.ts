import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { refused } from '../../src/refused.ts';
import { BitReader } from './bitReader.ts';
import { bytesOf } from './bits.ts';
import { HuffmanTable } from './huffmanTable.ts';

const test = suite('reference/jpeg/huffmanTable');

function counts(...pairs: [length: number, count: number][]): Uint8Array {
  const all = new Uint8Array(16);
  for (const [length, count] of pairs) all[length - 1] = count;
  return all;
}

const readerOf = (bits: string) => new BitReader(Uint8Array.from(bytesOf(bits)), 0);

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

test('refuses more codes than bits allow', async () => {
  await refused(() => new HuffmanTable(counts([1, 3]), new Uint8Array(3)), 'InvalidImage');
  await refused(() => new HuffmanTable(counts([1, 2]), new Uint8Array(2)), 'InvalidImage'); // ones alone are kept free
});

test.run();
