import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filesOf } from '../../../../src/weights/bytes/byteSource.ts';
import { readAll } from '../readAll.ts';
import { assertRefused, outcome } from '../refusal.ts';
import { join } from '../torch/torchFile.ts';
import { array, bin, chunked, chunks, flag, floats, map, sizes, str, u64 } from './flaxFile.ts';

const test = suite('weights/flax');
const NAME = 'flax_model.msgpack';
const a = (value: Uint8Array) => map(['a', value]);
const good = a(array());
const nest = (n: number) => join(...new Array(n).fill(join([0x81], str('a'))), array());

const REFUSED: Record<string, Uint8Array> = {
  'an empty file': new Uint8Array(0),
  'an array at the top': array(),
  'a list at the top': Uint8Array.of(0x90),
  'a map cut off': good.subarray(0, 4),
  'data cut off': good.subarray(0, good.length - 1),
  'bytes behind the end': join(good, [0]),
  'a key that is a number': join([0x81, 1], array()),
  'a key that stands twice': map(['a', array()], ['a', array()]),
  'a key that is no UTF-8': join([0x81, 0xa1, 0xff], array()),
  'a key of 5000 bytes': join([0x81, 0xda, 0x13, 0x88], new Uint8Array(5000), array()),
  'a key of 4 GB': join([0x81, 0xdb, 255, 255, 255, 255]),
  'a map of 4 billion': Uint8Array.of(0xdf, 255, 255, 255, 255, 0xa1, 0x61),
  'a number for a tensor': a(Uint8Array.of(1)),
  'text for a tensor': a(str('x')),
  'nothing for a tensor': a(Uint8Array.of(0xc0)),
  'a float for a tensor': a(Uint8Array.of(0xca, 0, 0, 0, 0)),
  'nesting of 40': nest(40),
  'nesting of 100,000': join(...new Array(100_000).fill([0x81, 0xa1, 0x61])),
  'a complex number': a(array({ ext: 2 })),
  'a scalar of NumPy': a(array({ ext: 3 })),
  'a timestamp': a(array({ ext: -1 & 255 })),
  'an extension too short': a(array({ size: 10 })),
  'an extension too long': a(array({ size: 200 })),
  'four parts': a(array({ parts: 4 })),
  'a shape too large': a(array({ shape: Uint8Array.of(0x91, 3) })),
  'a shape too small': a(array({ shape: Uint8Array.of(0x91, 1) })),
  'a negative size': a(array({ shape: Uint8Array.of(0x91, 0xfe) })),
  'a size of 2⁶³': a(array({ shape: join([0x91], u64(2n ** 63n)) })),
  'a product of 2⁶⁴': a(array({ shape: join([0x92], u64(2n ** 32n), u64(2n ** 32n)) })),
  'sizes of text': a(array({ shape: join([0x91], str('2')) })),
  'a shape that is a number': a(array({ shape: Uint8Array.of(2) })),
  '17 axes': a(array({ shape: join([0xdc, 0, 17], new Uint8Array(17).fill(1)) })),
  'an unknown type': a(array({ dtype: str('float31') })),
  'a type of every object': a(array({ dtype: str('toString') })),
  'a type that is a number': a(array({ dtype: Uint8Array.of(7) })),
  'text for data': a(array({ data: str('12345678') })),
  'data that reaches beyond': a(array({ data: bin(floats(1, 2), 6000) })),
  'parts that are too few': chunked(sizes(2), chunks(array({ shape: Uint8Array.of(0x91, 1), data: bin(floats(1)) }))),
  'parts that are too many': chunked(sizes(2), chunks(array(), array())),
  'parts of two types': chunked(sizes(4), chunks(array(), array({ dtype: str('int32') }))),
  'no parts': chunked(sizes(0), chunks()),
  'parts out of order': chunked(sizes(4), map(['1', array()], ['0', array()])),
  'a shape out of order': chunked(map(['1', Uint8Array.of(2)]), chunks(array())),
  'a flag that is not true': a(
    map(['__msgpack_chunked_array__', Uint8Array.of(0xc2)], ['shape', sizes(2)], ['chunks', chunks(array())]),
  ),
  'parts without a shape': a(map(['__msgpack_chunked_array__', flag], ['chunks', chunks(array())])),
  'an array in parts at the top': map(
    ['__msgpack_chunked_array__', flag],
    ['shape', sizes(2)],
    ['chunks', chunks(array())],
  ),
};

test('refuses what is no nest of arrays', async () => {
  assert.is(await outcome(good, NAME), 'accepted');
  for (const [label, file] of Object.entries(REFUSED)) await assertRefused(file, NAME, 'InvalidCheckpoint', label);
});

test('refuses a file cut anywhere', async () => {
  for (let length = 0; length < good.length; length++) {
    assert.is(await outcome(good.subarray(0, length), NAME), 'InvalidCheckpoint', String(length));
  }
});

test('kernels come transposed, scales as weights, parts as one', async () => {
  const matrix = array({ shape: Uint8Array.of(0x92, 2, 3), data: bin(floats(1, 2, 3, 4, 5, 6)) });
  const conv = array({ shape: Uint8Array.of(0x94, 1, 2, 1, 3), data: bin(floats(1, 2, 3, 4, 5, 6)) });
  const parts = map(['__msgpack_chunked_array__', flag], ['shape', sizes(2, 2)], ['chunks', chunks(array(), array())]);
  const tree = map(
    ['dense', map(['kernel', matrix], ['bias', array()])],
    ['conv', map(['kernel', conv])],
    ['norm', map(['scale', array()])],
  );
  const file = join([0x84], tree.subarray(1), str('big'), map(['kernel', parts]));
  const tensors = await readAll(filesOf({ [NAME]: file }));
  const got = [...tensors].map(([name, { shape, data }]) => [name, [...shape], [...data]]);
  assert.equal(got, [
    ['dense.weight', [3, 2], [1, 4, 2, 5, 3, 6]],
    ['dense.bias', [2], [1, 2]],
    ['conv.weight', [3, 1, 1, 2], [1, 4, 2, 5, 3, 6]],
    ['norm.weight', [2], [1, 2]],
    ['big.weight', [2, 2], [1, 1, 2, 2]],
  ]);
});

test.run();
