import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../../src/image/decode.ts';
import { Allocations } from '../../allocations.ts';
import { refused } from '../../refused.ts';
import { assertLikePillow, assertTruncatedRefused, fileOf, rasterCases } from '../rasterCases.ts';

const test = suite('image/gif/decodeGif');
const cases = rasterCases('gif');
const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));
const short = (value: number) => [value & 255, value >> 8];

/** Codes of `size` bits in one block. */
function block(size: number, ...codes: number[]): number[] {
  const bits = codes.map((code) => [...code.toString(2).padStart(size, '0')].reverse().join('')).join('');
  const bytes = (bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? []).map((byte) => {
    return Number.parseInt([...byte].reverse().join(''), 2);
  });
  return [bytes.length, ...bytes, 0];
}

interface Parts {
  readonly canvas?: readonly [number, number];
  readonly global?: readonly number[];
  readonly local?: readonly number[];
  readonly before?: readonly number[];
  readonly area?: readonly [left: number, top: number, width: number, height: number];
  readonly data?: readonly number[];
}

/** Two pixels of the colors 1 and 0, unless told otherwise; palettes have four colors. */
function gif({ canvas = [2, 1], global, local, before = [], area = [0, 0, 2, 1], data }: Parts = {}): Uint8Array {
  const screen = [...canvas.flatMap(short), global ? 0x81 : 0, 0, 0, ...(global ?? [])];
  const picture = [44, ...area.flatMap(short), local ? 0x81 : 0, ...(local ?? [])];
  return Uint8Array.from([
    ...ascii('GIF89a'),
    ...screen,
    ...before,
    ...picture,
    2,
    ...(data ?? block(3, 4, 1, 0, 5)),
    59,
  ]);
}

const RED_GREEN = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9];
const RAMP = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3];
const pixels = async (parts: Parts) => [...(await decode(gif(parts))).data];

test('decodes every GIF of the fixtures to the bytes of Pillow', async () => {
  assert.ok(cases.length >= 60);
  await assertLikePillow(cases);
});

test('the local palette, else the global one, else gray; one that is the gray ramp counts as none', async () => {
  assert.equal(await pixels({}), [1, 1, 1, 0, 0, 0]);
  assert.equal(await pixels({ global: RED_GREEN }), [0, 255, 0, 255, 0, 0]);
  assert.equal(await pixels({ global: RED_GREEN, local: [...RED_GREEN].reverse() }), [255, 0, 0, 9, 9, 9]);
  assert.equal(await pixels({ global: RED_GREEN, local: RAMP }), [0, 255, 0, 255, 0, 0]);
});

test('around a picture that is smaller than the canvas is the transparent color, or color 0', async () => {
  const small: Parts = { canvas: [2, 2], area: [1, 1, 1, 1], global: RED_GREEN, data: block(3, 4, 1, 5) };
  const [red, green, blue] = [RED_GREEN.slice(0, 3), RED_GREEN.slice(3, 6), RED_GREEN.slice(6, 9)];
  assert.equal(await pixels(small), [...red, ...red, ...red, ...green]);
  const control = [33, 0xf9, 4, 1, 0, 0, 2, 0];
  assert.equal(await pixels({ ...small, before: control }), [...blue, ...blue, ...blue, ...green]);
  const large = await decode(gif({ canvas: [1, 1], global: RED_GREEN }));
  assert.equal([large.width, large.height], [2, 1]);
});

test('a code that is defined by its own string, clear codes, and codes behind a full picture', async () => {
  assert.equal(
    await pixels({ canvas: [4, 1], area: [0, 0, 4, 1], data: block(3, 4, 2, 6, 2, 5) }),
    [2, 2, 2, 2].flatMap((v) => [v, v, v]),
  );
  assert.equal(await pixels({ data: block(3, 4, 4, 1, 4, 0, 3, 3, 3) }), [1, 1, 1, 0, 0, 0]);
});

test('codes that no encoder writes are refused', async () => {
  const wrong = (...codes: number[]) =>
    refused(decode(gif({ data: block(3, ...codes) })), 'InvalidImage', /code \d+ appears before/);
  await wrong(4, 6);
  await wrong(4, 1, 7);
  await refused(decode(gif({ data: block(3, 4, 1, 5) })), 'InvalidImage', /not complete/);
  await refused(decode(gif().map((byte, at) => (at === 23 ? 13 : byte))), 'InvalidImage', /up to 12 bits, got 13/);
});

test('blocks that are no pictures, and a file without one', async () => {
  const comment = [33, 0xfe, 2, 65, 66, 0];
  const loop = [33, 0xff, 11, ...ascii('NETSCAPE2.0'), 3, 1, 0, 0, 0];
  assert.equal(await pixels({ before: [...comment, ...loop, 0, 7] }), [1, 1, 1, 0, 0, 0]);
  const empty = Uint8Array.from([...ascii('GIF89a'), 2, 0, 1, 0, 0, 0, 0, 59]);
  await refused(decode(empty), 'InvalidImage', /it has no picture/);
  await refused(decode(gif({ area: [0, 0, 0, 1] })), 'InvalidImage', /0 × 1/);
});

test('a file that is cut off anywhere before its last pixel is refused', async () => {
  await assertTruncatedRefused(gif(), 2);
  const animated = cases.map(fileOf).find((file) => file.length > 300)!;
  for (let length = 0; length < 200; length++) await refused(decode(animated.subarray(0, length)), 'InvalidImage');
});

test('with truncated: fill, what is missing is as the rest of the canvas, also behind broken codes', async () => {
  const filled = async (parts: Parts) => [...(await decode(gif(parts), { truncated: 'fill' })).data];
  const wide: Parts = { canvas: [4, 1], area: [0, 0, 4, 1], global: RED_GREEN };
  const [red, green, blue] = [RED_GREEN.slice(0, 3), RED_GREEN.slice(3, 6), RED_GREEN.slice(6, 9)];
  assert.equal(await filled({ ...wide, data: block(3, 4, 1, 5) }), [...green, ...red, ...red, ...red]);
  assert.equal(await filled({ ...wide, data: block(3, 4, 1, 7) }), [...green, ...red, ...red, ...red]);
  const control = [33, 0xf9, 4, 1, 0, 0, 2, 0];
  assert.equal(await filled({ ...wide, before: control, data: [9, 1] }), [...blue, ...blue, ...blue, ...blue]);
  const headless = decode(gif().subarray(0, 20), { truncated: 'fill' });
  await refused(headless, 'InvalidImage', /ends before its first picture.*\(truncated: "fill" is for/);
});

test('sizes that are too large, or more than so few bytes can hold, cost nothing', async () => {
  using allocations = new Allocations();
  const huge = [0, 0, 60_000, 60_000] as const;
  await refused(decode(gif({ area: huge })), 'ImageTooLarge', /3600000000/);
  await refused(decode(gif({ canvas: [60_000, 60_000] })), 'ImageTooLarge');
  await refused(decode(gif({ area: [0, 0, 7000, 7000] })), 'InvalidImage', /49000000 pixels cannot come from \d bytes/);
  assert.ok(allocations.bytes < 10_000, `${allocations.bytes} bytes`);
});

test.run();
