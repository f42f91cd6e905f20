import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ByteSource, bytesSource } from '../../../../src/weights/bytes/byteSource.ts';
import { MsgpackCursor, type MsgpackHead } from '../../../../src/weights/flax/msgpack.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/msgpack');
const cursor = (...bytes: number[]) => new MsgpackCursor(bytesSource('a.msgpack', Uint8Array.from(bytes)));

/** Head bytes of the format's specification. */
const HEADS: [number[], MsgpackHead][] = [
  [[0x00], { type: 'int', value: 0 }],
  [[0x7f], { type: 'int', value: 127 }],
  [[0xe0], { type: 'int', value: -32 }],
  [[0xff], { type: 'int', value: -1 }],
  [[0xcc, 200], { type: 'int', value: 200 }],
  [[0xcd, 1, 2], { type: 'int', value: 258 }],
  [[0xce, 255, 0, 0, 1], { type: 'int', value: 0xff000001 }],
  [[0xcf, 0, 31, 255, 255, 255, 255, 255, 255], { type: 'int', value: Number.MAX_SAFE_INTEGER }],
  [[0xc2], { type: 'bool', value: false }],
  [[0xc3], { type: 'bool', value: true }],
  [[0x80], { type: 'map', size: 0 }],
  [[0x8f], { type: 'map', size: 15 }],
  [[0xde, 1, 0], { type: 'map', size: 256 }],
  [[0xdf, 0, 1, 0, 0], { type: 'map', size: 65_536 }],
  [[0x93], { type: 'array', size: 3 }],
  [[0xdc, 0, 16], { type: 'array', size: 16 }],
  [[0xdd, 0, 0, 1, 1], { type: 'array', size: 257 }],
  [[0xa0], { type: 'str', size: 0 }],
  [[0xbf], { type: 'str', size: 31 }],
  [[0xd9, 255], { type: 'str', size: 255 }],
  [[0xda, 2, 0], { type: 'str', size: 512 }],
  [[0xdb, 0, 0, 2, 1], { type: 'str', size: 513 }],
  [[0xc4, 9], { type: 'bin', size: 9 }],
  [[0xc5, 1, 1], { type: 'bin', size: 257 }],
  [[0xc6, 128, 0, 0, 0], { type: 'bin', size: 2 ** 31 }],
  [[0xd4, 1], { type: 'ext', size: 1, ext: 1 }],
  [[0xd8, 255], { type: 'ext', size: 16, ext: -1 }],
  [[0xc7, 5, 2], { type: 'ext', size: 5, ext: 2 }],
  [[0xc8, 1, 0, 3], { type: 'ext', size: 256, ext: 3 }],
  [[0xc9, 0, 1, 0, 0, 128], { type: 'ext', size: 65_536, ext: -128 }],
];

test('every head gives its kind and size and leaves the cursor behind itself; cut short it is refused', async () => {
  for (const [bytes, expected] of HEADS) {
    const walk = cursor(...bytes, 0x55);
    assert.equal(await walk.head(), expected, bytes.join());
    assert.is(walk.at, bytes.length);
    const cut = cursor(...bytes.slice(0, -1));
    await refused(() => cut.head(), 'InvalidCheckpoint', /"a.msgpack": at byte \d+: it ends within a value/);
  }
});

test('kinds that no checkpoint has are refused by their byte', async () => {
  for (const byte of [0xc0, 0xc1, 0xca, 0xcb, 0xd0, 0xd1, 0xd2, 0xd3])
    await refused(
      () => cursor(byte, ...new Array(8).fill(0)).head(),
      'InvalidCheckpoint',
      new RegExp(byte.toString(16)),
    );
  await refused(() => cursor(0xcf, 0, 32, 0, 0, 0, 0, 0, 0).head(), 'InvalidCheckpoint', /beyond 2⁵³/);
});

test('text is UTF-8 of at most 4096 bytes; skipping stays within the file', async () => {
  assert.is(await cursor(0xef, 0xbb, 0xbf, 0xc3, 0xa9).text(5), '\ufeffé');
  await refused(() => cursor(0xff).text(1), 'InvalidCheckpoint', /not UTF-8/);
  await refused(() => cursor(...new Array(5000).fill(97)).text(4097), 'InvalidCheckpoint', /a string of 4097 bytes/);
  const walk = cursor(1, 2, 3);
  assert.equal(
    [walk.skip(2), walk.skip(1), walk.skip(0)],
    [
      { begin: 0, end: 2 },
      { begin: 2, end: 3 },
      { begin: 3, end: 3 },
    ],
  );
  await refused(() => walk.skip(1), 'InvalidCheckpoint', /reach beyond its end/);
});

test('the directory of a file of gigabytes costs a few windows, and values across their borders are whole', async () => {
  const size = 3 * 2 ** 30;
  const seen = { reads: 0, bytes: 0 };
  const read = async (begin: number, end: number) => {
    seen.reads++;
    seen.bytes += end - begin;
    return Uint8Array.from({ length: end - begin }, (_, i) => (begin + i) % 127);
  };
  const walk = new MsgpackCursor({ name: 'a', size, read } as unknown as ByteSource);
  for (const place of [0, 65_534, 2 ** 31 + 5, size - 4]) {
    walk.skip(place - walk.at);
    const expected = String.fromCharCode(...[0, 1, 2, 3].map((i) => (place + i) % 127));
    assert.is(await walk.text(4), expected, `${place}`);
  }
  assert.ok(seen.reads <= 4 && seen.bytes <= 4 * 65_536, JSON.stringify(seen));
});

test.run();
