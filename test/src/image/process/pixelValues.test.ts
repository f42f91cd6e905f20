import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ImageProcessor } from '../../../../src/image/process/imageProcessor.ts';
import { withOptions } from '../../../../src/image/process/imageProcessorConfig.ts';
import { pixelValues, sameSize } from '../../../../src/image/process/pixelValues.ts';
import { refused } from '../../refused.ts';
import { noise } from '../noise.ts';

const test = suite('image/pixelValues');
const { config } = new ImageProcessor({ imageMean: [0.485, 0.456, 0.406], imageStd: [0.229, 0.224, -0.225] });
const picture = (seed: number, width = 5, height = 3) => ({
  data: noise(seed, width * height * 3),
  width,
  height,
  channels: 3 as const,
});

test('[B, 3, H, W]: every sample rescaled and normalized by its own channel, rounded at each step', () => {
  const pictures = [picture(1), picture(2)];
  const { data, dims, type } = pixelValues(pictures, config);
  assert.equal([type, dims], ['float32', [2, 3, 3, 5]]);
  const { fround } = Math;
  for (const [i, value] of data.entries()) {
    const [b, c, at] = [Math.floor(i / 45), Math.floor(i / 15) % 3, i % 15];
    const rescaled = fround(pictures[b].data[3 * at + c] / 255);
    const centerd = fround(rescaled - fround(config.imageMean[c]));
    assert.is(value, fround(centerd / fround(config.imageStd[c])), `${b}, ${c}, ${at}`);
  }
});

test('both steps can be left out', () => {
  const [u] = picture(1).data;
  const first = (options: object) => pixelValues([picture(1)], withOptions(config, options)).data[0];
  assert.is(first({ doRescale: false, doNormalize: false }), u);
  assert.is(first({ doNormalize: false, rescaleFactor: 0.5 }), u / 2);
  const normalized = (u - Math.fround(0.485)) / Math.fround(0.229);
  assert.ok(Math.abs(first({ doRescale: false }) - normalized) < 1e-6 * Math.abs(normalized));
});

test('a batch has one size', async () => {
  assert.equal(sameSize([picture(1), picture(2)]), { width: 5, height: 3 });
  const mixed = [picture(1), picture(2), picture(3, 3, 5)];
  await refused(() => sameSize(mixed), 'InvalidArgument', /picture 0 is 5 × 3, picture 2 3 × 5/);
  await refused(() => pixelValues(mixed, config), 'InvalidArgument', /different sizes/);
});

test('zeros around the values fill a multiple, the odd one below and on the right; sizes may differ before', async () => {
  const { data, dims } = pixelValues([picture(1), picture(2, 6, 4)], config, { multipleOf: 4 });
  assert.equal(dims, [2, 3, 4, 8]);
  const inside = pixelValues([picture(1)], config).data;
  for (let at = 0; at < 3 * 4 * 8; at++) {
    const [c, y, x] = [Math.floor(at / 32), Math.floor(at / 8) % 4, (at % 8) - 1];
    const isInside = y < 3 && x >= 0 && x < 5;
    assert.is(data[at], isInside ? inside[(c * 3 + y) * 5 + x] : 0, `${c}, ${y}, ${x}`);
  }
  await refused(() => pixelValues([picture(1)], config, { multipleOf: 8001 }), 'ImageTooLarge', /pad a picture/);
});

test.run();
