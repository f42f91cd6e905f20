import { crc32 } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesSource } from '../../../../src/weights/bytes/byteSource.ts';
import { readTorchZip } from '../../../../src/weights/torch/torchZip.ts';
import { refused } from '../../refused.ts';
import { type Entry, ints, join, op, PLAIN, stateDict, storage, tensor, torchZip, VALUES, zip } from './torchFile.ts';

const test = suite('weights/torchZip');
const read = (bytes: Uint8Array) => readTorchZip(bytesSource('a.pt', bytes), { stubs: false, useEma: false });
const ascii = (text: string) => new TextEncoder().encode(text);
const pickle: Entry = { name: 'archive/data.pkl', data: PLAIN };
const values: Entry = { name: 'archive/data/0', data: VALUES };

test('a tensor lies in the entry of its storage, with its checksum; tensors of one storage share it', async () => {
  const half = tensor({ offset: op.int(1), size: ints(1) });
  const bytes = torchZip(stateDict(['a', tensor()], ['b', half]));
  const [a, b] = await read(bytes);
  const [{ begin, end, crc32: sum }] = a.storage.pieces;
  assert.equal(bytes.slice(begin, end), VALUES);
  assert.is(sum, crc32(VALUES));
  assert.is(b.storage, a.storage);
  assert.equal([a.name, a.dtype, a.shape, a.offset, b.offset, b.shape], ['a', 'F32', [2], 0, 1, [1]]);
});

test('the folder may have any name; storages that no tensor needs may lie about', async () => {
  const under = (root: string): Entry[] => [
    { name: `${root}/data.pkl`, data: PLAIN },
    { name: `${root}/data/0`, data: VALUES },
  ];
  for (const root of ['pytorch_model', 'モデル', '.x']) assert.is((await read(zip(under(root)))).length, 1, root);
  assert.is((await read(torchZip(PLAIN, { name: 'archive/data/1', data: VALUES }))).length, 1);
  await refused(
    read(zip([...under('x'), { ...pickle, name: 'y/version' }])),
    'BadArchive',
    /"y\/version" is outside "x\/"/,
  );
  await refused(read(zip([...under('x'), ...under('y')])), 'BadArchive', /one folder with data.pkl, found 2/);
});

test('tells programs and other byte orders apart from broken archives', async () => {
  for (const name of ['archive/constants.pkl', 'archive/code/__torch__.py'])
    await refused(read(torchZip(PLAIN, { name, data: VALUES })), 'UnsupportedFormat', /a TorchScript program/);
  for (const [name, message] of [
    ['jit/code/__torch__/linear.py', /a TorchScript program/],
    ['model.weights.h5', /a Keras model/],
    ['x.npy', /arrays of NumPy/],
    ['exported/models/model.json', /torch\.export/],
    ['beit/model.safetensors', /unpack it first/],
  ] as const) {
    await refused(read(zip([{ name, data: ascii('x') }])), 'UnsupportedFormat', message);
    await refused(read(zip([{ name, data: ascii('x'), method: 8 }])), 'UnsupportedFormat', message);
  }
  const order = (value: string) => read(torchZip(PLAIN, { name: 'archive/byteorder', data: ascii(value) }));
  await refused(order('big'), 'UnsupportedFormat', /byte order is not little-endian/);
  await refused(order('little'.repeat(3)), 'UnsafePickle', /"archive\/byteorder" has 18 bytes, allowed are 16/);
  assert.is((await order('little')).length, 1);
});

test('what the pickle says of a storage has to be what the archive has', async () => {
  const sized = (numel: number, type: string) =>
    torchZip(
      stateDict([
        'a',
        tensor({ storage: storage({ numel: op.int(numel), type: op.global('torch', type) }), size: ints(1) }),
      ]),
    );
  for (const [numel, type] of [
    [2, 'FloatStorage'],
    [4, 'HalfStorage'],
    [1, 'DoubleStorage'],
    [8, 'BoolStorage'],
  ] as const)
    assert.is((await read(sized(numel, type))).length, 1, type);
  await refused(
    read(sized(3, 'FloatStorage')),
    'BadArchive',
    /storage 0 declares 3 elements of F32, its entry has 8 bytes/,
  );
  await refused(read(zip([pickle])), 'BadArchive', /lacks the data of storage 0/);
  await refused(
    read(zip([{ ...pickle, crc: 1 }, values])),
    'BadArchive',
    /the checksum of "archive\/data.pkl" differs/,
  );
  await refused(read(torchZip(join(PLAIN, [0]))), 'UnsafePickle', /bytes follow the end of its pickle/);
});

test.run();
