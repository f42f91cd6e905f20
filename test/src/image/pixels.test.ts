import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { arrayLike, checkPixelCount, DEFAULT_MAX_PIXELS } from '../../../src/image/pixels.ts';
import { refused } from '../refused.ts';

const test = suite('image/pixels');

test('an array like another is as wide, and zero', () => {
  assert.equal(arrayLike(Int32Array.of(70_000), 2), new Int32Array(2));
  assert.equal(arrayLike(Uint8Array.of(1), 3), new Uint8Array(3));
  assert.equal(arrayLike(Uint8ClampedArray.of(1), 0), new Uint8Array(0));
});

test('a picture may have as many pixels as allowed and not one more', async () => {
  checkPixelCount('look', 8000, 8000);
  checkPixelCount('look', 1, DEFAULT_MAX_PIXELS);
  checkPixelCount('look', 3, 2, 6);
  await refused(() => checkPixelCount('look', 8000, 8001), 'ImageTooLarge', /^Cannot look: .*the limit is 64000000/);
  await refused(
    () => checkPixelCount('look', 3, 2, 5),
    'ImageTooLarge',
    /3 × 2 is 6 pixels, the limit is 5.*maxPixels/,
  );
  await refused(() => checkPixelCount('look', 2 ** 31, 2 ** 31), 'ImageTooLarge');
});

test('a size is two whole positive numbers', async () => {
  for (const [width, height] of [
    [0, 1],
    [1, 0],
    [-2, -2],
    [1.5, 2],
    [2, Number.NaN],
    [Number.POSITIVE_INFINITY, 1],
  ]) {
    await refused(() => checkPixelCount('look', width, height), 'InvalidImage', /its size is .* × .* pixels/);
  }
});

test.run();
