import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../../src/image/decode.ts';
import { Allocations } from '../../allocations.ts';
import { refused } from '../../refused.ts';
import { assertLikePillow, assertTruncatedRefused, rasterCases } from '../rasterCases.ts';

const test = suite('image/bmp/decodeBmp');
const cases = rasterCases('bmp');

interface Parts {
  readonly size?: number;
  readonly width?: number;
  readonly height?: number;
  readonly bits?: number;
  readonly compression?: number;
  readonly colors?: number;
  readonly rest?: readonly number[]; // masks, palette and pixels
  readonly offset?: number;
}

/** Two pixels of 24 bits, one above the other, unless told otherwise. */
function bmp(parts: Parts = {}): Uint8Array {
  const { size = 40, width = 1, height = 2, bits = 24, compression = 0, colors = 0, offset = 0 } = parts;
  const rest = parts.rest ?? [1, 2, 3, 0, 4, 5, 6, 0];
  const bytes = new Uint8Array(14 + Math.max(size, 40) + rest.length);
  const view = new DataView(bytes.buffer);
  bytes.set([66, 77]);
  view.setUint32(10, offset, true);
  for (const [at, value] of [
    [14, size],
    [18, width],
    [22, height],
    [30, compression],
    [46, colors],
  ])
    view.setUint32(at, value, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  bytes.set(rest, 14 + Math.max(size, 40));
  return bytes;
}
const pixels = async (parts: Parts) => [...(await decode(bmp(parts))).data];

test('decodes every BMP of the fixtures to the bytes of Pillow', async () => {
  assert.ok(cases.length >= 100);
  assert.ok(cases.filter(([, width]) => width === null).length < 20);
  await assertLikePillow(cases);
});

test('the last row comes first, unless the height is negative', async () => {
  assert.equal(await pixels({}), [6, 5, 4, 3, 2, 1]);
  assert.equal(await pixels({ height: -2 }), [3, 2, 1, 6, 5, 4]);
});

test('a DIB is a BMP without its first 14 bytes', async () => {
  assert.equal([...(await decode(bmp().subarray(14))).data], [6, 5, 4, 3, 2, 1]);
});

test('a palette that is the gray ramp is none: the pixels then have 8 bits, whatever the header says', async () => {
  const ramp = Array.from({ length: 16 }, (_, i) => [i, i, i, 0]).flat();
  assert.equal(await pixels({ height: 1, bits: 4, rest: [...ramp, 200, 0, 0, 0] }), [200, 200, 200]);
  await refused(
    decode(bmp({ width: 8, height: 1, bits: 4, rest: [...ramp, 1, 2, 3, 4] })),
    'InvalidImage',
    /do not fit into 4/,
  );
});

test('runs: literal indices, a jump, and an end that comes too early', async () => {
  const palette = Array.from({ length: 256 }, (_, i) => [i, i, 9, 0]).flat();
  const of = (...codes: number[]) => ({ width: 3, height: 1, bits: 8, compression: 1, rest: [...palette, ...codes] });
  const reds = async (...codes: number[]) => (await pixels(of(...codes))).filter((_, i) => i % 3 === 1);
  assert.equal(await reds(2, 7, 1, 8), [7, 7, 8]);
  assert.equal(await reds(0, 3, 5, 6, 7, 0), [5, 6, 7]);
  assert.equal(await reds(0, 2, 2, 0, 1, 4), [0, 0, 4], 'a jump of two pixels');
  assert.equal(await reds(9, 1), [1, 1, 1], 'a run ends with its row');
  assert.equal(await reds(1, 5, 0, 0), [5, 0, 0], 'the rest of a row is color 0');
  await refused(decode(bmp(of(1, 5, 0, 1))), 'InvalidImage', /end after 1 of 3 pixels/);
  await refused(decode(bmp(of(1, 5))), 'InvalidImage', /not complete/);
});

test('what is not read is refused by its number', async () => {
  await refused(decode(bmp({ size: 41 })), 'InvalidImage', /a header of 12, .* bytes, got 41/);
  await refused(decode(bmp({ bits: 2 })), 'InvalidImage', /got 2/);
  await refused(decode(bmp({ compression: 4 })), 'UnsupportedFormat', /compression 4/);
  await refused(
    decode(bmp({ bits: 8, compression: 3, rest: Array(12).fill(0) })),
    'UnsupportedFormat',
    /compression 3 of 8 bits/,
  );
  const masks = [0xff, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0];
  await refused(decode(bmp({ bits: 16, compression: 3, rest: masks })), 'UnsupportedFormat', /masks ff, ff00, ff0000/);
});

test('a file that is cut off is refused', async () => {
  await assertTruncatedRefused(bmp(), 1);
});

test('with truncated: fill, rows that are missing at the end of the file are color 0; runs stay an error', async () => {
  const filled = async (file: Uint8Array) => [...(await decode(file, { truncated: 'fill' })).data];
  assert.equal(await filled(bmp().subarray(0, -5)), [0, 0, 0, 3, 2, 1]);
  assert.equal(await filled(bmp().subarray(0, 54)), [0, 0, 0, 0, 0, 0]);
  const indexed = bmp({ height: 1, bits: 8, colors: 2, rest: [7, 8, 9, 0, 1, 1, 1, 0] });
  assert.equal(await filled(indexed), [9, 8, 7]);
  const runs = bmp({ height: 1, bits: 8, compression: 1, colors: 1, rest: [7, 8, 9, 0, 0] });
  await refused(filled(runs), 'InvalidImage', /\(truncated: "fill" is for .* not compressed\)$/);
});

test('sizes that are too large, or more than so few bytes can hold, cost nothing', async () => {
  using allocations = new Allocations();
  await refused(decode(bmp({ width: 60_000, height: 60_000 })), 'ImageTooLarge');
  await refused(decode(bmp({ width: 8000, height: 8000 })), 'InvalidImage', /pixels end at byte 192000054, got 62/);
  const runs = { width: 8000, height: 8000, bits: 8, compression: 1, colors: 3, rest: Array(20).fill(0) };
  await refused(decode(bmp(runs)), 'InvalidImage', /64000000 pixels cannot come from 8 bytes/);
  assert.ok(allocations.bytes < 10_000, `${allocations.bytes} bytes`);
});

test.run();
