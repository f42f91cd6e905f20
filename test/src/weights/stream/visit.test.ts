import { crc32 } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ByteSource, bytesSource } from '../../../../src/weights/bytes/byteSource.ts';
import type { Storage, StoredTensor } from '../../../../src/weights/storedTensor.ts';
import type { Sink } from '../../../../src/weights/stream/sink.ts';
import { type VisitOptions, visitStored } from '../../../../src/weights/stream/visit.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/visit');
const VALUES = Float32Array.from({ length: 8000 }, (_, i) => i);
const BYTES = new Uint8Array(VALUES.buffer);
const piece = (begin: number, count: number) => ({ begin: 4 * begin, end: 4 * (begin + count) });
const checked = (begin: number, count: number) => {
  const { begin: from, end } = piece(begin, count);
  return { begin: from, end, crc32: crc32(BYTES.subarray(from, end)) };
};
const stored = (name: string, storage: Storage, offset: number, shape: number[], strides: number[] | null = null) => {
  return { name, dtype: 'F32', shape, storage, offset, strides } as StoredTensor;
};

/** The file, and the ranges that were read of it. */
function watched(bytes = BYTES) {
  const ranges: [number, number][] = [];
  const source = bytesSource('weights', bytes);
  const stream = (begin: number, end: number) => {
    ranges.push([begin / 4, end / 4]);
    return source.stream(begin, end);
  };
  return { source: { ...source, stream } as ByteSource, ranges };
}

async function visit(tensors: StoredTensor[], source: ByteSource = watched().source, options: VisitOptions = {}) {
  const got: Record<string, number[]> = {};
  const order: string[] = [];
  const wanted = new Map<StoredTensor, Sink>();
  for (const tensor of tensors) {
    got[tensor.name] = [];
    wanted.set(tensor, {
      grain: 1,
      put(chunk: Float32Array) {
        order.push(tensor.name);
        got[tensor.name].push(...chunk);
      },
    });
  }
  await visitStored(source, wanted, options);
  return { got, order: [...new Set(order)] };
}

test('tensors come in the order in which they lie, whatever the order in which they are wanted', async () => {
  const far = { pieces: [piece(5000, 4)] };
  const near = { pieces: [piece(10, 4)] };
  const { source, ranges } = watched();
  const { got, order } = await visit([stored('far', far, 1, [2]), stored('near', near, 0, [2, 2])], source);
  assert.equal(got, { far: [5001, 5002], near: [10, 11, 12, 13] });
  assert.equal(order, ['near', 'far']);
  assert.equal(ranges, [
    [10, 14],
    [5001, 5003],
  ]);
});

test('a storage that several look at is read once, and what nobody wants is not', async () => {
  const shared = { pieces: [piece(100, 50)] };
  const { source, ranges } = watched();
  let bytes = 0;
  const views = [
    stored('all', shared, 10, [6]),
    stored('every second', shared, 12, [3], [2]),
    stored('transposed', shared, 10, [2, 3], [1, 2]),
    stored('none', shared, 0, [0, 9]),
  ];
  const { got } = await visit(views, source, { onBytes: (count) => (bytes += count) });
  assert.equal(got.all, [110, 111, 112, 113, 114, 115]);
  assert.equal(got['every second'], [112, 114, 116]);
  assert.equal(got.transposed, [110, 112, 114, 111, 113, 115]);
  assert.equal(got.none, []);
  assert.equal(ranges, [[110, 117]]);
  assert.is(bytes, 28);
  await visit([stored('none', shared, 0, [0])], source);
  assert.is(ranges.length, 1, 'no element, no read');
});

test('pieces are one storage; near storages are one read, of which only the wanted bytes count', async () => {
  const parts = { pieces: [piece(20, 3), piece(200, 3)] };
  const next = { pieces: [piece(300, 2)] };
  const { source, ranges } = watched();
  let bytes = 0;
  const options = { onBytes: (count: number) => void (bytes += count) };
  const { got } = await visit([stored('a', parts, 1, [4]), stored('b', next, 0, [2])], source, options);
  assert.equal(got, { a: [21, 22, 200, 201], b: [300, 301] });
  assert.equal(ranges, [[21, 302]]);
  assert.is(bytes, 24);
});

test('a checksum means reading the whole piece, and one that differs is refused', async () => {
  const whole = { pieces: [checked(40, 10), checked(60, 10)] };
  const { source, ranges } = watched();
  assert.equal((await visit([stored('a', whole, 8, [4])], source)).got.a, [48, 49, 60, 61]);
  assert.equal(ranges, [[40, 70]]);
  const broken = BYTES.slice();
  broken[4 * 69] ^= 1;
  await refused(visit([stored('a', whole, 8, [4])], watched(broken).source), 'BadArchive', /CRC mismatch at byte 240/);
});

test('a tensor has a place where it is f32, in one piece, and alone in its storage', async () => {
  const floats = new Float32Array(40);
  const place = {
    grain: 4,
    bytes: (offset: number, count: number) => new Uint8Array(floats.buffer, 4 * offset, 4 * count),
  };
  const tensors = [
    stored('row', { pieces: [piece(10, 9)] }, 1, [8]),
    stored('shared', { pieces: [piece(20, 8)] }, 0, [4]),
    stored('pieces', { pieces: [piece(30, 4), piece(40, 4)] }, 0, [8]),
    { ...stored('other', { pieces: [piece(50, 4)] }, 0, [4]), dtype: 'I32' } as StoredTensor,
    stored('strided', { pieces: [piece(60, 4)] }, 0, [2, 2], [1, 2]),
  ];
  tensors.push({ ...tensors[1], name: 'the same storage', offset: 4 });
  const { source } = watched();
  const found: [number, number, number][] = [];
  const stream: ByteSource['stream'] = (begin, end, places = []) => {
    for (const { begin: from, end: to, grain, bytes } of places) {
      found.push([from / 4, to / 4, grain]);
      bytes(from + 16, to).set(BYTES.subarray(from + 16, to));
    }
    return source.stream(begin, end);
  };
  await visitStored({ ...source, stream }, new Map(tensors.map((tensor) => [tensor, { grain: 4, place, put() {} }])));
  assert.equal(found, [[11, 19, 16]]);
  assert.equal([...floats.subarray(0, 10)], [0, 0, 0, 0, 15, 16, 17, 18, 0, 0]);
});

test('a source that gives fewer or more bytes than it has is refused', async () => {
  const storage = { pieces: [piece(0, 10)] };
  const giving = (...counts: number[]) => {
    const stream = async function* () {
      for (const count of counts) yield new Uint8Array(count);
    };
    return visit([stored('a', storage, 0, [10])], { ...bytesSource('weights', BYTES), stream });
  };
  await giving(20, 0, 20);
  await refused(giving(20, 19), 'InvalidCheckpoint', /expected 40 bytes at 0, got 39/);
  await refused(giving(), 'InvalidCheckpoint', /expected 40 bytes at 0, got 0/);
  await refused(giving(20, 21), 'InvalidCheckpoint', /more than asked for/);
  await refused(visit([stored('a', storage, 8, [4])]), 'InvalidCheckpoint', /"a": 2 of 4 elements/);
});

test('a signal that fires stops before the next chunk is taken', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let taken = 0;
  const stream = async function* () {
    for (; taken < 10; taken++) yield new Uint8Array(4);
  };
  const source = { ...bytesSource('weights', BYTES), stream };
  const onBytes = () => {
    if (taken === 3) controller.abort('enough');
  };
  const visiting = visit([stored('a', { pieces: [piece(0, 10)] }, 0, [10])], source, { signal, onBytes });
  assert.is((await refused(visiting, 'Aborted')).cause, 'enough');
  assert.is(taken, 3);
});

test.run();
