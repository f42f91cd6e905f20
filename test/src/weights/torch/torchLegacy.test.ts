import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filesOf } from '../../../../src/weights/bytes/byteSource.ts';
import { readAll } from '../readAll.ts';
import { assertRefused, outcome } from '../refusal.ts';
import { i64, join, op, program, stateDict, storage, tensor, torchLegacy, tuple, VALUES } from './torchFile.ts';

const test = suite('weights/torchLegacy');
const NAME = 'pytorch_model.bin';
const keys = (...names: string[]) => program(op.list, op.mark, ...names.map(op.text), op.appends);
const view = (offset: number, numel: number) => storage({ legacy: tuple(op.text('9'), op.int(offset), op.int(numel)) });
const good = torchLegacy();

const REFUSED: Record<string, Uint8Array> = {
  'another protocol': torchLegacy({ protocol: op.int(1002) }),
  'no list of keys': torchLegacy({ keys: program(op.text('0')) }),
  'no keys': torchLegacy({ keys: keys() }),
  'a key too many': torchLegacy({ keys: keys('0', '1') }),
  'an unknown key': torchLegacy({ keys: keys('1') }),
  'another count': torchLegacy({ data: join(i64(3n), VALUES) }),
  'a negative count': torchLegacy({ data: join(i64(-2n), VALUES) }),
  'a count of 2⁶²': torchLegacy({ data: join(i64(2n ** 62n), VALUES) }),
  'no data': torchLegacy({ data: new Uint8Array(0) }),
  'data cut off': good.subarray(0, good.length - 1),
  'data cut within the count': good.subarray(0, good.length - 12),
  'bytes behind the data': join(good, [0]),
  'no tensors': torchLegacy({ object: stateDict(), keys: keys(), data: new Uint8Array(0) }),
};

test('refuses storages that do not fill the file as the pickles say', async () => {
  assert.is(await outcome(good, NAME), 'accepted');
  for (const [label, file] of Object.entries(REFUSED)) await assertRefused(file, NAME, 'InvalidCheckpoint', label);
});

test('refuses a file cut anywhere', async () => {
  for (let length = 16; length < good.length; length++) {
    const code = await outcome(good.subarray(0, length), NAME);
    assert.ok(['UnsafePickle', 'InvalidCheckpoint'].includes(code), `${length}: ${code}`);
  }
});

test('refuses views of storages that leave them', async () => {
  for (const [offset, numel] of [
    [1, 2],
    [-1, 1],
    [3, 0],
    [0, 3],
  ]) {
    const file = torchLegacy({ object: stateDict(['a', tensor({ storage: view(offset, numel) })]) });
    await assertRefused(file, NAME, 'UnsafePickle', `[${offset}, ${numel}]`);
  }
});

test('a view of a storage begins where it says', async () => {
  const one = tensor({ storage: view(1, 1), size: tuple(op.int(1)) });
  const tensors = await readAll(filesOf({ [NAME]: torchLegacy({ object: stateDict(['a', one]) }) }));
  assert.equal([...tensors.get('a')!.data], [2]);
});

test('other byte orders and older formats are told by name', async () => {
  assert.is(await outcome(torchLegacy({ little: false }), NAME), 'UnsupportedFormat');
  const tar = new Uint8Array(1024);
  tar.set(new TextEncoder().encode('sys_info'));
  tar.set(new TextEncoder().encode('ustar'), 257);
  const foreign = { tar, pickle: program(op.dict), gzip: Uint8Array.of(0x1f, 0x8b, 8), zeros: new Uint8Array(99) };
  const hdf5 = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
  const text = (value: string) => new TextEncoder().encode(value);
  const more = {
    hdf5,
    lfs: text('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'),
    page: text('<!doctype html>'),
  };
  for (const [label, file] of Object.entries({ ...foreign, ...more, nothing: new Uint8Array(0) })) {
    assert.is(await outcome(file, NAME), 'UnsupportedFormat', label);
  }
});

test.run();
