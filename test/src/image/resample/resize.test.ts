import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ResampleFilter } from '../../../../src/image/resample/resampleFilter.ts';
import { resize } from '../../../../src/image/resample/resize.ts';
import { refused } from '../../refused.ts';
import { noise } from '../noise.ts';
import { sha } from '../sha.ts';

type Case = [channels: number, seed: number, w: number, h: number, newW: number, newH: number, ResampleFilter, string];
const test = suite('image/resize');
const cases: Case[] = JSON.parse(readFileSync('fixtures/image/resize.json', 'utf8'));

test('gives the bytes of Pillow for all six filters, up and down, odd sizes', () => {
  assert.ok(cases.length >= 300);
  assert.is(new Set(cases.map((c) => c[6])).size, 6);
  for (const [channels, seed, width, height, newWidth, newHeight, filter, expected] of cases) {
    const image = { data: noise(seed, width * height * channels), width, height, channels };
    const resized = resize(image, newWidth, newHeight, filter);
    assert.is(sha(resized.data), expected, `${filter} ${channels} × ${width} × ${height} → ${newWidth} × ${newHeight}`);
    assert.equal([resized.width, resized.height, resized.channels], [newWidth, newHeight, channels]);
  }
});

test('returns a copy when the size stays', () => {
  const image = { data: new Uint8Array([1, 2, 3]), width: 1, height: 1, channels: 3 };
  const same = resize(image, 1, 1, 'lanczos');
  assert.equal([...same.data], [1, 2, 3]);
  assert.is.not(same.data, image.data);
});

test('refuses sizes and filters that cannot be', async () => {
  const image = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 };
  await refused(() => resize(image, 0, 1, 'box'), 'InvalidArgument');
  await refused(() => resize(image, 1.5, 1, 'box'), 'InvalidArgument');
  await refused(() => resize(image, Number.NaN, 1, 'box'), 'InvalidArgument');
  await refused(() => resize(image, 100_000, 100_000, 'box'), 'ImageTooLarge');
  await refused(() => resize(image, 2, 2, 'sharp' as ResampleFilter), 'InvalidArgument');
});

test.run();
