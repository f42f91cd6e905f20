import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesSource } from '../../../../src/weights/bytes/byteSource.ts';
import { readZip } from '../../../../src/weights/torch/zip.ts';
import { assertRefused, outcome } from '../refusal.ts';
import {
  type End,
  type Entry,
  ints,
  join,
  op,
  PLAIN,
  stateDict,
  storage,
  tensor,
  torchZip,
  VALUES,
  zip,
} from './torchFile.ts';

const test = suite('weights/zip');
const NAME = 'pytorch_model.bin';
const pickle: Entry = { name: 'archive/data.pkl', data: PLAIN };
const values: Entry = { name: 'archive/data/0', data: VALUES };
const file = (entry: Partial<Entry>, end: End = {}) => zip([pickle, { ...values, ...entry }], end);
const named = (name: string | Uint8Array) => zip([pickle, values, { name, data: Uint8Array.of(1) }]);
const good = zip([pickle, values]);
const sized = (numel: number, type = 'FloatStorage') => {
  const from = storage({ numel: op.int(numel), type: op.global('torch', type) });
  return torchZip(stateDict(['a', tensor({ storage: from, size: ints(1) })]));
};
const le = (value: bigint, bytes: number) => new Uint8Array(BigUint64Array.of(value).buffer, 0, bytes);

/** Zip64's end record and locator around a directory of `count` entries. */
const end64 = (begin: number, size: number, count: number, at = begin + size) => {
  const record = join([0x50, 0x4b, 6, 6], le(44n, 8), new Uint8Array(12), le(BigInt(count), 8), le(BigInt(count), 8));
  const rest = join(le(BigInt(size), 8), le(BigInt(begin), 8));
  return join(record, rest, [0x50, 0x4b, 6, 7], new Uint8Array(4), le(BigInt(at), 8), le(1n, 4));
};
const directoryOf = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 22);
  return { begin: view.getUint32(16, true), size: view.getUint32(12, true) };
};
const wide64 = (...values: bigint[]) =>
  join(le(1n, 2), le(BigInt(values.length * 8), 2), ...values.map((v) => le(v, 8)));

const REFUSED: Record<string, Record<string, Uint8Array>> = {
  'an end that is none': {
    'cut off by one byte': good.subarray(0, good.length - 1),
    'cut off in the directory': good.subarray(0, good.length - 40),
    'only the first header': good.subarray(0, 40),
    'bytes behind it': join(good, [0]),
    'another archive behind it': join(good, good),
    'a comment': file({}, { comment: Uint8Array.of(1, 2, 3) }),
    'a comment that holds an end record': file({}, { comment: good.subarray(good.length - 22) }),
    'another signature': file({}, { signature: 0x06054b51 }),
    'a second disk': file({}, { disk: 1 }),
    'fewer entries here than in all': file({}, { countHere: 1 }),
    'too many entries': file({}, { count: 3 }),
    'too few entries': file({}, { count: 1 }),
    'no entries': file({}, { count: 0 }),
    'a directory too long': file({}, { size: 1000 }),
    'a directory too short': file({}, { size: 10 }),
    'a directory of 4 GB': file({}, { size: 0xfffffffe }),
    'a directory elsewhere': file({}, { offset: 0 }),
    'a directory beyond the file': file({}, { offset: 0xfffffffe }),
    'fields of Zip64 without Zip64': file({}, { offset: 0xffffffff, size: 0xffffffff, count: 0xffff }),
    'bytes between directory and end': file({}, { before: new Uint8Array(8) }),
  },
  'entries that lie': {
    deflate: file({ method: 8 }),
    zstd: file({ method: 93 }),
    'deflate at its place only': file({ localMethod: 8 }),
    encryption: file({ flags: 1 }),
    'strong encryption': file({ flags: 0x41 }),
    'a patch': file({ flags: 0x20 }),
    'flags that differ at its place': file({ localFlags: 8 }),
    'another disk': file({ disk: 1 }),
    'another name at its place': file({ localName: 'archive/data/1' }),
    'a longer name at its place': file({ localName: 'archive/data/0000' }),
    'no header at its place': file({ localSignature: 0 }),
    'two sizes': file({ stored: 4 }),
    'a size beyond the file': file({ size: 1 << 30, stored: 1 << 30 }),
    'a size into the directory': file({ size: 9, stored: 9 }),
    'a size too small': file({ size: 4, stored: 4 }),
    'a place beyond the file': file({ offset: 1 << 30 }),
    'the place of another': file({ offset: 0 }),
    'a checksum that differs': file({ crc: 1 }),
    'sizes of Zip64 that are absent': file({ size: 0xffffffff, stored: 0xffffffff }),
    'sizes of Zip64 cut short': file({ size: 0xffffffff, stored: 0xffffffff, extra: wide64(8n) }),
    'sizes of Zip64 beyond doubles': file({
      size: 0xffffffff,
      stored: 0xffffffff,
      extra: wide64(2n ** 60n, 2n ** 60n),
    }),
    'sizes of Zip64 of 2⁴⁰': file({ size: 0xffffffff, stored: 0xffffffff, extra: wide64(2n ** 40n, 2n ** 40n) }),
    'a broken extra field': file({ size: 0xffffffff, extra: Uint8Array.of(1, 0, 255, 0) }),
    'a pickle whose checksum differs': zip([{ ...pickle, crc: 1 }, values]),
    'an entry inside another': zip([pickle, values, { name: 'archive/x', data: Uint8Array.of(1), offset: 40 }]),
    'two entries at one place': zip([pickle, values, { name: 'archive/data/1', data: VALUES, offset: 0 }]),
  },
  'names that are not plain': {
    'twice the same': zip([pickle, values, values]),
    'twice the pickle': zip([pickle, pickle, values]),
    'a way up': named('archive/../x'),
    'a way up first': named('../x'),
    'a way up at the end': named('archive/..'),
    'a dot': named('archive/./x'),
    'an absolute path': named('/etc/passwd'),
    'a drive': named('C:/x'),
    'a backslash': named('archive\\x'),
    'two slashes': named('archive//x'),
    'a folder': named('archive/code/'),
    'a zero byte': named('archive/x\u0000.pkl'),
    'a line break': named('archive/x\n'),
    'an empty name': named(''),
    'no UTF-8': named(Uint8Array.of(0x61, 0x2f, 0xff)),
    'a name of 600 bytes': named(`archive/${'x'.repeat(600)}`),
    'another root': named('other/data/1'),
    'no root': named('version'),
  },
  'what is no checkpoint': {
    'no pickle': zip([values]),
    'a pickle too deep': zip([{ ...pickle, name: 'a/b/data.pkl' }]),
    'a pickle without a folder': zip([{ ...pickle, name: 'data.pkl' }]),
    'two folders with a pickle': zip([pickle, values, { ...pickle, name: 'b/data.pkl' }]),
    'a storage that is absent': zip([pickle]),
    'a storage too short': sized(3),
    'a storage too long': sized(1, 'ByteStorage'),
    'a storage of 2³¹ elements': sized(2 ** 31 - 1),
  },
};

assert.is(await outcome(good, NAME), 'accepted');
const count = Object.values(REFUSED).reduce((sum, group) => sum + Object.keys(group).length, 0);
test(`there are at least 60 hostile archives: ${count}`, () => assert.ok(count >= 60));

for (const [what, archives] of Object.entries(REFUSED)) {
  test(`refuses ${what}`, async () => {
    for (const [label, archive] of Object.entries(archives)) {
      await assertRefused(archive, NAME, 'BadArchive', label);
    }
  });
}

test('understands Zip64, in the entries and at the end', async () => {
  const entries = [pickle, { ...values, size: 0xffffffff, stored: 0xffffffff, extra: wide64(8n, 8n) }];
  assert.is(await outcome(zip(entries), NAME), 'accepted');
  const { begin, size } = directoryOf(good);
  const end = { offset: 0xffffffff, size: 0xffffffff, count: 0xffff };
  assert.is(await outcome(file({}, { ...end, before: end64(begin, size, 2) }), NAME), 'accepted');
  assert.is(await outcome(file({}, { before: end64(begin, size, 2) }), NAME), 'accepted');
});

test('says where the bytes of every entry lie', async () => {
  const entries = await readZip(bytesSource(NAME, good));
  assert.equal(
    entries.map((entry) => entry.name),
    ['archive/data.pkl', 'archive/data/0'],
  );
  assert.equal(good.slice(entries[1].begin, entries[1].end), VALUES);
});

test.run();
