import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesSource } from '../../../../src/weights/bytes/byteSource.ts';
import { ZipBytes } from '../../../../src/weights/torch/zipBytes.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/zipBytes');
const zipOf = (bytes: Uint8Array) => new ZipBytes(bytesSource('a.zip', bytes));
const named = (bytes: Uint8Array, at = 0, length = bytes.length) =>
  zipOf(bytes).name(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at, length);
const ascii = (text: string) => new TextEncoder().encode(text);

test('a view is exactly the bytes asked for, and never reaches outside the archive', async () => {
  const zip = zipOf(Uint8Array.from({ length: 10 }, (_, i) => i));
  const view = await zip.view(3, 4);
  assert.equal([view.byteLength, view.getUint8(0), view.getUint8(3)], [4, 3, 6]);
  assert.is((await zip.view(10, 0)).byteLength, 0);
  for (const [begin, length] of [
    [-1, 2],
    [7, 4],
    [11, 0],
    [0, 2 ** 40],
  ])
    await refused(zip.view(begin, length), 'BadArchive', /"a.zip": it is cut off/);
});

test('names are read where they stand, with folders, spaces and other scripts', () => {
  assert.is(named(ascii('..archive/data.pkl..'), 2, 16), 'archive/data.pkl');
  for (const name of ['a', 'archive/data/0', 'モデル/data.pkl', 'my model (1)/x', '.hidden/...'])
    assert.is(named(ascii(name)), name);
  assert.is(named(ascii('x'.repeat(512))).length, 512);
});

test('names that could leave a folder, or that no file system takes, are refused', async () => {
  const bad = [
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/../b',
    'a/./b',
    'a\\b',
    'C:b',
    'a\u007f',
    'a\u0085',
    'a*',
    'a?',
    '"',
    '<',
    '|',
  ];
  for (const name of bad) await refused(() => named(ascii(name)), 'BadArchive', /an entry with the name/);
  for (const length of [0, 6]) await refused(() => named(ascii('abcde'), 0, length), 'BadArchive', /a bad name/);
  await refused(() => named(ascii('x'.repeat(513))), 'BadArchive', /a bad name/);
  await refused(() => named(Uint8Array.of(0x61, 0xc3)), 'BadArchive', /name is not UTF-8/);
});

test('a size of 64 bits is exact as long as doubles are', async () => {
  const u64 = (value: bigint) => zipOf(new Uint8Array(0)).u64(new DataView(BigUint64Array.of(0n, value).buffer), 8);
  for (const value of [0n, 0xffff_ffffn, 2n ** 32n, 2n ** 40n + 7n, 2n ** 53n - 1n])
    assert.is(u64(value), Number(value));
  for (const value of [2n ** 53n, 2n ** 64n - 1n])
    await refused(() => u64(value), 'BadArchive', /more bytes than there are/);
});

test.run();
