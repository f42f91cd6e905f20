import { crc32 } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesSource } from '../../../../src/weights/bytes/byteSource.ts';
import { ZipBytes } from '../../../../src/weights/torch/zipBytes.ts';
import { zipDirectory } from '../../../../src/weights/torch/zipDirectory.ts';
import { centralEntries } from '../../../../src/weights/torch/zipEntries.ts';
import { refused } from '../../refused.ts';
import { type Entry, join, zip } from './torchFile.ts';

const test = suite('weights/zipEntries');
const data = Uint8Array.of(1, 2, 3);
const le = (value: bigint, bytes: number) => new Uint8Array(BigUint64Array.of(value).buffer, 0, bytes);
const field = (id: number, ...values: bigint[]) =>
  join(le(BigInt(id), 2), le(BigInt(8 * values.length), 2), ...values.map((value) => le(value, 8)));
async function read(...entries: Entry[]) {
  const bytes = new ZipBytes(bytesSource('a.zip', zip(entries)));
  return await centralEntries(bytes, await zipDirectory(bytes));
}

test('entries come in the order of the directory, with what it says of them', async () => {
  const first = { name: 'é/b', data, flags: 0x808 };
  const [b, a] = await read(first, { name: 'a', data: new Uint8Array(0) });
  assert.equal(b, { name: 'é/b', size: 3, crc32: crc32(data), flags: 0x808, header: 0 });
  assert.equal([a.name, a.size, a.header], ['a', 0, 30 + 4 + 3]);
  assert.equal(await read(), []);
});

test('only the fields of all ones stand in the Zip64 field, in their order, behind other fields too', async () => {
  const ones = 0xffffffff;
  const size = async (entry: Partial<Entry>) => {
    const [{ size, header }] = await read({ name: 'a', data, ...entry });
    return [size, header];
  };
  assert.equal(await size({ size: ones, stored: ones, extra: field(1, 2n ** 40n, 2n ** 40n) }), [2 ** 40, 0]);
  assert.equal(await size({ size: ones, extra: field(1, 3n) }), [3, 0]);
  assert.equal(await size({ offset: ones, extra: field(1, 2n ** 33n) }), [3, 2 ** 33]);
  const all = { size: ones, stored: ones, offset: ones };
  assert.equal(await size({ ...all, extra: join(field(0x5455, 9n), field(1, 7n, 7n, 2n ** 34n)) }), [7, 2 ** 34]);
  await refused(size({ ...all, extra: field(1, 7n, 7n) }), 'BadArchive', /"a" lacks its Zip64 sizes/);
  await refused(size({ size: ones, extra: field(2, 3n) }), 'BadArchive', /"a" lacks its Zip64 sizes/);
  await refused(size({ size: ones, stored: ones, extra: field(1, 7n, 8n) }), 'BadArchive', /"a" has two sizes/);
});

test('what is refused is named', async () => {
  const lies: [Partial<Entry>, RegExp][] = [
    [{ method: 8 }, /"a" is compressed/],
    [{ flags: 1 }, /"a" is encrypted or of an unknown kind/],
    [{ disk: 1 }, /several disks/],
    [{ stored: 2 }, /"a" has two sizes/],
    [{ size: 0xffffffff, extra: Uint8Array.of(1, 0, 9, 0, 0) }, /"a" has a broken extra field/],
  ];
  for (const [fields, message] of lies) await refused(read({ name: 'a', data, ...fields }), 'BadArchive', message);
  await refused(read({ name: 'a', data }, { name: 'a', data }), 'BadArchive', /duplicate entry "a"/);
});

test('a directory that ends within an entry, or counts otherwise, is broken', async () => {
  const file = zip([{ name: 'a', data }]);
  const bytes = new ZipBytes(bytesSource('a.zip', file));
  const { begin, end } = await zipDirectory(bytes);
  for (let cut = begin + 1; cut < end; cut++)
    await refused(centralEntries(bytes, { begin, end: cut, count: 1 }), 'BadArchive', /its directory is broken/);
  await refused(centralEntries(bytes, { begin, end, count: 2 }), 'BadArchive', /has 1 entries and declares 2/);
  await refused(centralEntries(bytes, { begin, end: begin, count: 1 }), 'BadArchive', /has 0 entries and declares 1/);
});

test.run();
