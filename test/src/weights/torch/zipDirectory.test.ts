import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesSource } from '../../../../src/weights/bytes/byteSource.ts';
import { ZipBytes } from '../../../../src/weights/torch/zipBytes.ts';
import { zipDirectory } from '../../../../src/weights/torch/zipDirectory.ts';
import { refused } from '../../refused.ts';
import { type End, join, zip } from './torchFile.ts';

const test = suite('weights/zipDirectory');
const le = (value: number, bytes: number) => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer, 0, bytes);
const entries = [
  { name: 'a/data.pkl', data: new Uint8Array(30) },
  { name: 'a/x', data: new Uint8Array(5) },
];
/** Two local headers with their names and data; two central entries with their names. */
const BEGIN = 2 * 30 + 10 + 3 + 35;
const SIZE = 2 * 46 + 10 + 3;
const read = (end: End) => zipDirectory(new ZipBytes(bytesSource('a.zip', zip(entries, end))));
const ONES: End = { offset: 0xffffffff, size: 0xffffffff, count: 0xffff };

interface Wide {
  begin?: number;
  size?: number;
  count?: number;
  here?: number;
  at?: number;
  length?: number;
  disk?: number;
}

/** Zip64's end record and its locator, any field of which can lie. */
function wide({
  begin = BEGIN,
  size = SIZE,
  count = 2,
  here = count,
  at = BEGIN + SIZE,
  length = 44,
  disk = 0,
}: Wide = {}) {
  const record = join([0x50, 0x4b, 6, 6], le(length, 8), le(0, 4), le(disk, 4), le(0, 4), le(here, 8), le(count, 8));
  const locator = join([0x50, 0x4b, 6, 7], le(0, 4), le(at, 8), le(1, 4));
  return join(record, le(size, 8), le(begin, 8), locator);
}

test('the directory lies right before the end record, and its entries are counted', async () => {
  assert.equal(await read({}), { begin: BEGIN, end: BEGIN + SIZE, count: 2 });
  const none = await zipDirectory(new ZipBytes(bytesSource('a.zip', zip([]))));
  assert.equal(none, { begin: 0, end: 0, count: 0 });
});

test('fields of all ones stand in the Zip64 record, and others have to agree with it', async () => {
  const expected = { begin: BEGIN, end: BEGIN + SIZE, count: 2 };
  for (const end of [ONES, {}, { count: 0xffff }, { offset: 0xffffffff }])
    assert.equal(await read({ ...end, before: wide() }), expected);
  for (const end of [{ count: 3 }, { offset: BEGIN + 1 }, { size: SIZE - 1 }])
    await refused(read({ ...end, before: wide() }), 'BadArchive', /its two end records differ/);
});

test('a Zip64 record that lies is refused, with what it lies about', async () => {
  const lies: [Wide, RegExp][] = [
    [{ at: BEGIN }, /not where it should be/],
    [{ length: 45 }, /not where it should be/],
    [{ disk: 1 }, /several disks/],
    [{ here: 1 }, /several disks/],
    [{ begin: BEGIN + 1 }, /does not precede its end record/],
    [{ size: SIZE - 1 }, /does not precede its end record/],
  ];
  for (const [fields, message] of lies) await refused(read({ ...ONES, before: wide(fields) }), 'BadArchive', message);
});

test('too little for an archive, and a directory that is too large, are refused', async () => {
  const of = (bytes: Uint8Array) => zipDirectory(new ZipBytes(bytesSource('a.zip', bytes)));
  for (const size of [0, 21]) await refused(of(new Uint8Array(size)), 'BadArchive', /too short for a zip archive/);
  const filled = (size: number) => of(zip([], { before: new Uint8Array(size), size, offset: 0 }));
  assert.is((await filled(1 << 23)).end, 1 << 23);
  await refused(filled((1 << 23) + 1), 'BadArchive', /its directory is too large/);
});

test.run();
