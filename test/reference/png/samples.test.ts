import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GREY, GREY_ALPHA, PALETTE, RGB, RGBA } from '../../../src/image/png/pngHeader.ts';
import { noise } from '../../src/image/noise.ts';
import { sampleReader } from './samples.ts';

const test = suite('reference/png/samples');

const reader = (bitDepth: number, colorType: number) =>
  sampleReader({ width: 1, height: 1, bitDepth, colorType, samples: 1, interlaced: false });

/** Samples of `line`, read as one long number from the highest bit on. */
function plain(line: Uint8Array, bits: number, count: number): number[] {
  const digits = Array.from(line, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from({ length: count }, (_, i) => Number.parseInt(digits.slice(i * bits, (i + 1) * bits), 2));
}

test('gray of 1, 2 and 4 bits is stretched to 255, indices are not; a row may end within a byte', () => {
  const line = noise(1, 40);
  for (const bits of [1, 2, 4]) {
    for (const count of [0, 1, 7, 9, 80]) {
      const values = plain(line, bits, count);
      const most = 2 ** bits - 1;
      assert.equal(
        [...reader(bits, GREY)(line, new Uint8Array(count))],
        values.map((value) => (value * 255) / most),
      );
      assert.equal([...reader(bits, PALETTE)(line, new Uint8Array(count))], values);
    }
  }
});

test('8 bits are read where they lie', () => {
  const line = noise(2, 6);
  for (const type of [GREY, RGB, PALETTE, GREY_ALPHA, RGBA]) assert.is(reader(8, type)(line, new Uint8Array(6)), line);
});

test('16 bits lose their low byte, but plain gray is clipped at 255', () => {
  const values = [0, 1, 254, 255, 256, 257, 0x1234, 0xff00, 0xffff];
  const line = Uint8Array.from(values.flatMap((value) => [value >> 8, value & 255]));
  const read = (type: number) => [...reader(16, type)(line, new Uint8Array(values.length))];
  for (const type of [RGB, GREY_ALPHA, RGBA])
    assert.equal(
      read(type),
      values.map((value) => Math.floor(value / 256)),
    );
  assert.equal(
    read(GREY),
    values.map((value) => Math.min(value, 255)),
  );
});

test.run();
