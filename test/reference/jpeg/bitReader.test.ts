import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noise } from '../../src/image/noise.ts';
import { BitReader } from './bitReader.ts';
import { bitsOf, bytesOf } from './bits.ts';

const test = suite('reference/jpeg/bitReader');

const readerOf = (bits: string) => new BitReader(Uint8Array.from(bytesOf(bits)), 0);

test('reads the bits of the file in order, by 0 to 16 at a time, looking first or not', () => {
  const bits = [...noise(1, 500), 255, 255, 255].map((byte) => bitsOf(byte, 8)).join('');
  const reader = readerOf(bits);
  const widths = noise(2, 400).map((byte) => byte % 17);
  let at = 0;
  for (const [i, n] of widths.entries()) {
    const expected = Number.parseInt(bits.slice(at, at + n) || '0', 2);
    if (i % 3 === 0) assert.is(reader.peek(n), expected, `a look at ${n} bits at ${at}`);
    if (i % 3 === 0) reader.skip(n);
    else assert.is(n === 1 ? reader.bit() : reader.bits(n), expected, `${n} bits at ${at}`);
    at += n;
  }
  assert.ok(at > 3000 && !reader.exhausted);
});

test('the bits end at a marker, behind which all are zero', () => {
  const reader = new BitReader(new Uint8Array([0b10100000, 255, 0, 0b11000000, 255, 0xd9]), 0);
  assert.is(reader.bits(3), 0b101);
  assert.is(reader.bits(5), 0);
  assert.is(reader.bits(8), 255);
  assert.is(reader.bits(8), 0b11000000);
  assert.not(reader.exhausted);
  assert.is(reader.bits(16), 0);
  assert.ok(reader.exhausted);
  assert.is(reader.position, 4);
});

test('they end at the end of the file too, and a look beyond it takes nothing', () => {
  for (const bytes of [[], [0x80], [0x80, 255]]) {
    const reader = new BitReader(Uint8Array.from(bytes), 0);
    assert.is(reader.peek(16), bytes.length === 0 ? 0 : 0x8000);
    assert.not(reader.exhausted, `${bytes}`);
    reader.bits(8);
    assert.is(reader.exhausted, bytes.length === 0);
    assert.is(reader.bit(), 0);
    assert.ok(reader.exhausted);
  }
});

test('a restart forgets what was read ahead and goes on elsewhere', () => {
  const reader = new BitReader(Uint8Array.from([1, 2, 255, 0xd0, 0xab, 0xcd]), 0);
  reader.bits(16);
  reader.bits(3);
  assert.ok(reader.exhausted);
  reader.restart(4);
  assert.not(reader.exhausted);
  assert.is(reader.bits(16), 0xabcd);
});

test('signed numbers count from the most negative', () => {
  const reader = readerOf('0' + '1' + '00' + '01' + '10' + '11');
  assert.equal(
    [1, 1, 2, 2, 2, 2].map((n) => reader.signed(n)),
    [-1, 1, -3, -2, 2, 3],
  );
  assert.is(reader.signed(0), 0);
});

test.run();
