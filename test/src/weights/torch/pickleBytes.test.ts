import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PickleBytes } from '../../../../src/weights/torch/pickleBytes.ts';
import { PICKLE_LIMITS } from '../../../../src/weights/torch/pickleLimits.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/pickleBytes');
const ascii = (text: string) => new TextEncoder().encode(text);
const reader = (...parts: (Uint8Array | number[])[]) =>
  new PickleBytes(Uint8Array.from(Buffer.concat(parts.map((part) => Uint8Array.from(part)))), 0, 'a.bin');

test('integers are little-endian, doubles big-endian, one behind the other, wherever the bytes lie in their buffer', () => {
  const buffer = new ArrayBuffer(40);
  const view = new DataView(buffer, 3);
  view.setUint8(2, 250);
  view.setUint16(3, 65_000, true);
  view.setUint32(5, 4_000_000_000, true);
  view.setInt32(9, -7, true);
  view.setFloat64(13, -1 / 3, false);
  const bytes = new PickleBytes(new Uint8Array(buffer, 3), 2, 'a.bin');
  assert.equal(
    [bytes.u8(), bytes.u16(), bytes.u32(), bytes.i32(), bytes.f64()],
    [250, 65_000, 4_000_000_000, -7, -1 / 3],
  );
  assert.is(bytes.at, 21);
});

test("a long is two's complement: a number where doubles hold it, else a bigint", () => {
  const cases: [bigint, number][] = [
    0n,
    1n,
    -1n,
    255n,
    -128n,
    2n ** 53n - 1n,
    -(2n ** 53n) + 1n,
    2n ** 53n,
    2n ** 63n,
  ].map((value) => [value, 10]);
  for (const [value, length] of [...cases, [-1n, 1], [127n, 1], [-(2n ** 127n), 16]] as [bigint, number][]) {
    const rest = BigInt.asUintN(8 * length, value);
    const bytes = Array.from({ length }, (_, i) => Number((rest >> BigInt(8 * i)) & 255n));
    const safe = value > -(2n ** 53n) && value < 2n ** 53n;
    assert.is(reader(bytes).long(length), safe ? Number(value) : value, `${value}`);
  }
  assert.is(reader([]).long(0), 0);
});

test('text keeps every character it has, a byte order mark too; a line ends before its end', () => {
  assert.is(reader(ascii('\ufeffé\n')).text(6), '\ufeffé\n');
  const bytes = reader(ascii('torch._utils\n\nrest'));
  assert.equal([bytes.line(), bytes.line(), bytes.text(4)], ['torch._utils', '', 'rest']);
});

test('lengths are bounded where the bounds say, and not one byte below', async () => {
  const { string, line } = PICKLE_LIMITS;
  const long = new Uint8Array(string + 1).fill(0x61);
  assert.is(reader(long).text(string).length, string);
  await refused(() => reader(long).text(string + 1), 'UnsafePickle', /a string of 65537 bytes/);
  const name = (length: number) => reader(long.subarray(0, length), ascii('\n')).line();
  assert.is(name(line - 1).length, line - 1);
  await refused(() => name(line), 'UnsafePickle', /a name without an end/);
  assert.is(reader(new Uint8Array(16)).long(16), 0);
  await refused(() => reader(new Uint8Array(17)).long(17), 'UnsafePickle', /an integer of 17 bytes/);
});

test('what is cut short is refused where it begins, and nothing is read beyond the bound on all', async () => {
  const cut = (read: (bytes: PickleBytes) => unknown, count: number) => {
    const bytes = reader([1], new Uint8Array(count));
    bytes.u8();
    return refused(() => read(bytes), 'UnsafePickle', /"a.bin": unsafe pickle at byte 1: it ends within/);
  };
  await cut((bytes) => bytes.u8(), 0);
  await cut((bytes) => bytes.u16(), 1);
  await cut((bytes) => bytes.u32(), 3);
  await cut((bytes) => bytes.i32(), 3);
  await cut((bytes) => bytes.f64(), 7);
  await cut((bytes) => bytes.long(10), 9);
  await cut((bytes) => bytes.text(3), 2);
  const all = new PickleBytes(new Uint8Array(PICKLE_LIMITS.bytes + 100), 50, 'a.bin');
  all.at = 50 + PICKLE_LIMITS.bytes - 1;
  assert.is(all.u8(), 0);
  await refused(() => all.u8(), 'UnsafePickle', /over 4194304 bytes/);
});

test.run();
