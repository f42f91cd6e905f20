import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { coreResize } from '../../../src/engine/coreResize.ts';
import { RESAMPLE_FILTERS } from '../../../src/image/resample/resampleFilter.ts';
import { resize } from '../../../src/image/resample/resize.ts';

const test = suite('engine/coreResize');

function picture(width: number, height: number) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255);
  return { data, width, height, channels: 3 as const };
}

test('gives the bits of resize for every filter, shape and strip', async () => {
  const large = [picture(1031, 517), picture(300, 1400), picture(2200, 130), picture(700, 400), picture(51, 5141)];
  const targets = [
    [224, 224],
    [37, 501],
    [1501, 64],
    [700, 90],
  ];
  for (const image of large) {
    for (const [width, height] of targets) {
      for (const filter of RESAMPLE_FILTERS) {
        const found = await coreResize(image, width, height, filter);
        const same = Buffer.compare(found.data, resize(image, width, height, filter).data) === 0;
        assert.ok(same, `${filter} ${image.width}×${image.height} → ${width}×${height}`);
        assert.equal([found.width, found.height, found.channels], [width, height, 3]);
      }
    }
  }
});

test('refuses what resize refuses', async () => {
  await coreResize(picture(600, 600), 0, 4, 'bicubic').then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, /0 × 4/),
  );
});

test.run();
