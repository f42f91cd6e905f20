import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { neighborhoods } from '../../../../src/tokenizer/dvae/dvaeEncoder.ts';

const test = suite('tokenizer/dvae/dvaeEncoder');

test('the 7×7 pixels around every pixel, channel by channel, zero outside', () => {
  const [channels, height, width] = [2, 3, 9];
  const pixels = Float32Array.from({ length: channels * height * width }, (_, i) => i + 1);
  const got = neighborhoods(pixels, channels, { height, width });
  assert.is(got.length, height * width * channels * 49);
  for (const [at, value] of got.entries()) {
    const [v, u, c] = [Math.floor(at / 7) % 7, at % 7, Math.floor(at / 49) % channels];
    const pixel = Math.floor(at / (49 * channels));
    const [y, x] = [Math.floor(pixel / width) + v - 3, (pixel % width) + u - 3];
    const inside = y >= 0 && y < height && x >= 0 && x < width;
    assert.is(value, inside ? pixels[(c * height + y) * width + x] : 0);
  }
});

test.run();
