import { PNG } from 'pngjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../../src/image/decode.ts';
import { encodePng } from '../../../../src/image/png/encodePng.ts';
import { refused } from '../../refused.ts';
import { noise } from '../noise.ts';

const test = suite('image/png/encodePng');

test('writes what another decoder reads back: gray, RGB and RGBA, odd sizes', () => {
  for (const channels of [1, 3, 4]) {
    for (const [width, height] of [
      [1, 1],
      [7, 5],
      [64, 3],
    ]) {
      const data = noise(width + channels, width * height * channels);
      const read = PNG.sync.read(Buffer.from(encodePng({ data, width, height, channels })));
      assert.equal([read.width, read.height], [width, height]);
      const pixel = (i: number) => [...data.subarray(i * channels, (i + 1) * channels)];
      for (let i = 0; i < width * height; i++) {
        const [r, g = r, b = r, a = 255] = pixel(i);
        assert.equal([...read.data.subarray(4 * i, 4 * i + 4)], [r, g, b, a], `${channels} channels, pixel ${i}`);
      }
    }
  }
});

test('writes what our decoder reads back', async () => {
  const image = { data: noise(9, 33 * 21 * 3), width: 33, height: 21, channels: 3 };
  assert.equal((await decode(encodePng(image))).data, image.data);
});

test('refuses pixels that do not fill the picture', async () => {
  await refused(() => encodePng({ data: new Uint8Array(5), width: 2, height: 1, channels: 3 }), 'InvalidArgument');
  await refused(() => encodePng({ data: new Uint8Array(4), width: 2, height: 1, channels: 2 }), 'InvalidArgument');
  await refused(() => encodePng({ data: new Uint8Array(0), width: 0, height: 0, channels: 3 }), 'InvalidArgument');
  await refused(
    () => encodePng({ data: new Uint8Array(3), width: Number.NaN, height: 1, channels: 3 }),
    'InvalidArgument',
  );
});

test.run();
