import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../../src/image/decode.ts';
import { decodeResized } from '../../../../src/image/decodePicture.ts';
import { Allocations } from '../../allocations.ts';
import { refused } from '../../refused.ts';
import { assertLikePillow, fileOf, rasterCases } from '../rasterCases.ts';

const test = suite('image/webp/stripedWebp');
const cases = rasterCases('webp');
const named = (name: string) => fileOf(cases.find(([one]) => one === name)!);
const lossy = named('lossy 0');
const lossless = named('lossless 0');

/** A file with other bytes at `at`. */
function changed(file: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const copy = file.slice();
  copy.set(bytes, at);
  return copy;
}

const u32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const characters = (text: string) => [...text].map((character) => character.charCodeAt(0));

function chunk(id: string, ...data: number[]): number[] {
  return [...characters(id), ...u32(data.length), ...data, ...(data.length % 2 ? [0] : [])];
}

function riff(...chunks: number[][]): Uint8Array {
  const body = [...characters('WEBP'), ...chunks.flat()];
  return Uint8Array.from([...characters('RIFF'), ...u32(body.length), ...body]);
}

/** Flags and a canvas. */
const extras = (flags: number, width: number, height: number) =>
  chunk('VP8X', ...u32(flags), ...u32(width - 1).slice(0, 3), ...u32(height - 1).slice(0, 3));

/** A lossless picture of one color: all of its prefix codes have one symbol, so that its pixels take no bits. */
function plain(width: number, height: number, [red, green, blue]: readonly number[]): number[] {
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let i = 0; i < count; i++) bits.push((value >> i) & 1);
  };
  put(0x2f, 8);
  put(width - 1, 14);
  put(height - 1, 14);
  put(0, 4); // alpha is not used, version 0
  put(0, 3); // no transform, no color cache, one group of codes
  for (const symbol of [green, red, blue, 255]) {
    put(0b101, 3); // a simple code of one symbol of 8 bits
    put(symbol, 8);
  }
  put(0b0001, 4); // distances: one symbol of one bit, 0
  while (bits.length % 8) bits.push(0);
  const bytes = Array.from({ length: bits.length / 8 }, (_, i) => bits.slice(8 * i, 8 * i + 8));
  return chunk('VP8L', ...bytes.map((eight) => Number.parseInt(eight.reverse().join(''), 2)));
}

test('decodes every WebP of the fixtures to the bytes of Pillow', async () => {
  assert.ok(cases.length > 100);
  assert.ok(cases.filter(([, width]) => width === null).length < 40);
  await assertLikePillow(cases);
});

test('a file that is cut off anywhere is rejected', async () => {
  for (const file of [lossy, lossless, named('alpha 0'), named('animation 0'), named('metadata 0')]) {
    for (let length = 0; length < file.length; length++) {
      await refused(decode(file.subarray(0, length)), 'InvalidImage');
    }
  }
});

test('a file that is cut is not filled, as Pillow does not fill it, and the error says so', async () => {
  const cut = lossy.subarray(0, lossy.length - 2);
  const target = () => ({ width: 5, height: 5, filter: 'bicubic' }) as const;
  for (const reading of [decode(cut, { truncated: 'fill' }), decodeResized(cut, { truncated: 'fill' }, target)]) {
    await refused(reading, 'InvalidImage', /truncated.*\(truncated: "fill" is for JPEG, .*compressed\)$/);
  }
  assert.equal(await decode(lossy, { truncated: 'fill' }), await decode(lossy));
});

test('what is behind the container does not matter', async () => {
  const { data } = await decode(lossy);
  assert.equal((await decode(Uint8Array.from([...lossy, 1, 2, 3]))).data, data);
});

test('a picture of one color, and one on a larger canvas', async () => {
  const { data } = await decode(riff(plain(3, 2, [1, 2, 3])));
  assert.equal([...data], Array(6).fill([1, 2, 3]).flat());
  const place = [...u32(1).slice(0, 3), ...u32(0).slice(0, 3), ...Array(10).fill(0)];
  const frame = chunk('ANMF', ...place, ...plain(1, 1, [7, 8, 9]));
  const animation = await decode(riff(extras(2, 4, 1), chunk('ANIM', 255, 255, 255, 255, 0, 0), frame));
  assert.equal([...animation.data], [0, 0, 0, 0, 0, 0, 7, 8, 9, 0, 0, 0]);
});

test('many pictures at once, and others after one that is broken', async () => {
  const broken = changed(lossy, lossy.length - 40, ...Array(40).fill(0));
  const files = cases.slice(0, 60).map((one) => fileOf(one));
  await assertLikePillow(cases.slice(0, 5));
  const all = await Promise.allSettled([...files, broken.subarray(0, 100), ...files].map((file) => decode(file)));
  assert.is(all.filter(({ status }) => status === 'rejected').length, 1);
  for (let i = 0; i < files.length; i++) assert.equal(all[i], all[files.length + 1 + i]);
});

test('says what is wrong and where', async () => {
  const wrong: readonly (readonly [RegExp, Uint8Array])[] = [
    [/expected an image, got a chunk "ICCP", at byte 12/, riff(chunk('ICCP', 1), plain(1, 1, [0, 0, 0]))],
    [/expected a key frame, at byte 20/, changed(lossy, 20, lossy[20] | 1)],
    [/expected version 0 to 3 of VP8, got 7, at byte 20/, changed(lossy, 20, lossy[20] | 14)],
    [/not to be shown, at byte 20/, changed(lossy, 20, lossy[20] & ~16)],
    [/a partition of \d+ bytes in an image of \d+, at byte 20/, changed(lossy, 22, 255)],
    [/without its start code, at byte 23/, changed(lossy, 23, 0)],
    [/its size is 0 × \d+ pixels, at byte 26/, changed(lossy, 26, 0, 0)],
    [/without its signature, at byte 20/, changed(lossless, 20, 0)],
    [/version 0 of the lossless format, got 7, at byte 24/, changed(lossless, 24, lossless[24] | 0xe0)],
    [/the data end before the picture, at byte 2[678]/, riff(chunk('VP8L', ...plain(1, 1, [1, 2, 3]).slice(8, 16)))],
    [/code lengths that make no prefix code/, riff(chunk('VP8L', 0x2f, ...Array(40).fill(0)))],
    [/a chunk of 4294967295 bytes/, changed(lossy, 16, 255, 255, 255, 255)],
    [/unknown flags 0x1, at byte 20/, riff(extras(1, 1, 1), plain(1, 1, [0, 0, 0]))],
    [/a picture of 1 × 1 pixels at 0, 0 on a canvas of 2 × 1/, riff(extras(0, 2, 1), plain(1, 1, [0, 0, 0]))],
    [/it has 0 pictures/, riff(extras(0, 2, 1), chunk('ICCP', 1))],
    [/outside of the frames of an animation/, riff(extras(2, 1, 1), plain(1, 1, [0, 0, 0]))],
    [/a frame without an animation/, riff(extras(2, 1, 1), chunk('ANMF', ...Array(16).fill(0)))],
    [/a second chunk VP8X/, riff(extras(0, 1, 1), extras(0, 1, 1))],
    [/a lossless image with alpha apart/, riff(extras(16, 1, 1), chunk('ALPH', 0, 0), plain(1, 1, [0, 0, 0]))],
    [/alpha without an image/, riff(extras(16, 1, 1), chunk('ALPH', 0, 0))],
  ];
  for (const [message, file] of wrong) await refused(decode(file), 'InvalidImage', message);
});

test('alpha that cannot be decoded is rejected', async () => {
  const [width, height] = [1 + lossy[26] + (lossy[27] << 8) - 1, lossy[28] + (lossy[29] << 8)];
  const image = [...lossy.subarray(12)];
  const with_ = (...alpha: number[]) => riff(extras(16, width, height), chunk('ALPH', ...alpha), image);
  await decode(with_(0, ...Array(width * height).fill(0)));
  await refused(decode(with_(0, ...Array(width * height - 1).fill(0))), 'InvalidImage', /bytes of alpha, got/);
  await refused(decode(with_(2, 0, 0)), 'InvalidImage', /unknown coding of alpha 0x2, at byte 38/);
  await refused(decode(with_(1, 0, 0)), 'InvalidImage', /the data end before the picture|no prefix code/);
  await refused(decode(with_(0)), 'InvalidImage', /expected alpha, got 1 bytes/);
});

test('sizes that are too large cost nothing', async () => {
  using allocations = new Allocations();
  await refused(decode(riff(plain(16384, 16384, [1, 2, 3]))), 'ImageTooLarge', /268435456 pixels/);
  await refused(decode(lossy, { maxPixels: 3 }), 'ImageTooLarge');
  await refused(decode(riff(extras(0, 1 << 24, 1 << 24), plain(1, 1, [0, 0, 0]))), 'ImageTooLarge');
  await refused(decode(changed(lossy, 26, 255, 31, 255, 31)), 'ImageTooLarge');
  assert.ok(allocations.bytes < 100_000, `${allocations.bytes} bytes`);
});

test('an abort is heard between two stripes', async () => {
  const aborted = AbortSignal.abort('enough');
  assert.is((await refused(decode(lossy, { signal: aborted }), 'Aborted')).cause, 'enough');
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  await refused(decode(riff(plain(8000, 8000, [1, 2, 3])), { signal: controller.signal }), 'Aborted');
});

test('the event loop turns while a large picture is decoded', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await decode(riff(plain(6000, 6000, [1, 2, 3])));
  clearInterval(timer);
  assert.ok(turns > 2, `${turns} turns`);
});

test.run();
