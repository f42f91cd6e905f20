import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mapAffine } from '../../../src/augment/affine.ts';
import { augmentPicture, erasePixels } from '../../../src/augment/augment.ts';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  jitterColors,
} from '../../../src/augment/colorJitter.ts';
import type { RgbPixels } from '../../../src/image/pixels.ts';
import { RandomStream } from '../../../src/randomStream.ts';

const test = suite('train/augment');
const CHANGES = {
  adjust_brightness: adjustBrightness,
  adjust_contrast: adjustContrast,
  adjust_saturation: adjustSaturation,
  adjust_hue: adjustHue,
};

interface Expected {
  readonly height: number;
  readonly width: number;
  readonly picture: number[];
  readonly results: { readonly change: keyof typeof CHANGES; readonly factor: number; readonly data: number[] }[];
}

const expected: Expected = JSON.parse(readFileSync('fixtures/train/color_jitter.json', 'utf8'));
const picture: RgbPixels = {
  data: Uint8Array.from(expected.picture),
  width: expected.width,
  height: expected.height,
  channels: 3,
};

test("colors change by torchvision's formulas, to the bit", () => {
  for (const { change, factor, data } of expected.results)
    assert.equal([...CHANGES[change](picture.data, factor)], data, `${change} ${factor}`);
  assert.is(expected.results.length, 17);
});

test('jitter draws each factor within its limits, and all four changes come in every order', () => {
  const gray: RgbPixels = { data: new Uint8Array(3).fill(100), width: 1, height: 1, channels: 3 };
  const seen = Array.from({ length: 2000 }, (_, i) => {
    return jitterColors(gray, { brightness: 0.4 }, new RandomStream(i, 0, 1)).data[0];
  });
  assert.ok(Math.min(...seen) >= 60 && Math.min(...seen) <= 62, `darkest ${Math.min(...seen)}`);
  assert.ok(Math.max(...seen) <= 140 && Math.max(...seen) >= 138, `brightest ${Math.max(...seen)}`);
  const all = { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 };
  const results = new Set(
    Array.from({ length: 50 }, (_, i) => `${jitterColors(picture, all, new RandomStream(i, 0, 1)).data}`),
  );
  assert.is(results.size, 50);
  assert.equal(jitterColors(picture, {}, new RandomStream(1, 0, 1)).data, picture.data);
});

test('an affine map without a change keeps the picture; a turn of a quarter is exact', () => {
  assert.equal(mapAffine(picture, {}, new RandomStream(1, 1, 1)), picture);
  const square: RgbPixels = { data: picture.data.slice(0, 75), width: 5, height: 5, channels: 3 };
  // draws that are nearly the most: a turn by 90 degrees
  const most = { uniform: () => 1 } as RandomStream;
  const turned = mapAffine(square, { degrees: 90 }, most);
  for (let y = 0; y < 5; y++)
    for (let x = 0; x < 5; x++) {
      const [to, from] = [(y * 5 + x) * 3, (x * 5 + (4 - y)) * 3];
      assert.equal([...turned.data.subarray(to, to + 3)], [...square.data.subarray(from, from + 3)], `${x}, ${y}`);
    }
  const moved = mapAffine(square, { translate: 0.2 }, most);
  assert.equal([...moved.data.subarray(0, 3)], [...square.data.subarray(18, 21)]);
  assert.equal([...moved.data.subarray(72)], [0, 0, 0]);
});

test('crops, flips and boxes of noise keep to their shares, and the same numbers give the same picture', () => {
  const options = { flip: true, minimumCrop: 0.3, affine: { degrees: 10 }, colorJitter: 0.4 };
  const [one, two] = [3, 3].map((seed) => augmentPicture(picture, options, new RandomStream(seed, 2, 5)));
  assert.equal(one, two);
  for (let i = 0; i < 100; i++) {
    const { width, height } = augmentPicture(picture, { minimumCrop: 0.3 }, new RandomStream(i, 2, 5));
    assert.ok(width * height >= 0.2 * 35 && width <= 7 && height <= 5);
  }
  const size = { channels: 2, height: 16, width: 24 };
  let erased = 0;
  for (let i = 0; i < 400; i++) {
    const pixels = new Float32Array(2 * 16 * 24).fill(9);
    erasePixels(pixels, size, 0.25, new RandomStream(i, 0, 7));
    const changed = pixels.filter((x) => x !== 9).length / 2;
    if (changed > 0) erased++;
    assert.ok(changed <= 0.36 * 16 * 24, `${changed} of ${16 * 24}`);
  }
  assert.ok(erased > 70 && erased < 130, `${erased} of 400 have a box`);
});

test('normal numbers have mean 0 and deviation 1', () => {
  const random = new RandomStream(5, 0, 0);
  const drawn = Array.from({ length: 20_000 }, () => random.normal());
  const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length;
  const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean}, ${variance}`);
});

test.run();
