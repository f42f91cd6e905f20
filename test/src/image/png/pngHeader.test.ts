import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GREY, GREY_ALPHA, PALETTE, RGB, RGBA, readPngHeader } from '../../../../src/image/png/pngHeader.ts';
import { refused } from '../../refused.ts';
import { header } from './pngOf.ts';

const test = suite('image/png/pngHeader');

/** The header of 258 × 3 pixels; `methods` are compression, filter, interlace. */
function read(bitDepth: number, colorType: number, methods = [0, 0, 0]) {
  const data = Uint8Array.from([...header(258, 3, bitDepth, colorType).slice(8, 18), ...methods]);
  return () => readPngHeader({ type: 'IHDR', data });
}

/** Table 11.1 of the PNG standard, samples a pixel in front. */
const EXISTING = new Map<number, { samples: number; depths: number[] }>([
  [GREY, { samples: 1, depths: [1, 2, 4, 8, 16] }],
  [RGB, { samples: 3, depths: [8, 16] }],
  [PALETTE, { samples: 1, depths: [1, 2, 4, 8] }],
  [GREY_ALPHA, { samples: 2, depths: [8, 16] }],
  [RGBA, { samples: 4, depths: [8, 16] }],
]);

test('reads the fifteen formats there are, and refuses every other', async () => {
  let found = 0;
  for (let colorType = 0; colorType < 9; colorType++) {
    for (let bitDepth = 0; bitDepth <= 33; bitDepth++) {
      const existing = EXISTING.get(colorType);
      if (!existing?.depths.includes(bitDepth)) {
        await refused(read(bitDepth, colorType), 'InvalidImage', new RegExp(`type ${colorType} with ${bitDepth} bits`));
        continue;
      }
      const { samples } = existing;
      assert.equal(read(bitDepth, colorType)(), {
        width: 258,
        height: 3,
        bitDepth,
        colorType,
        samples,
        interlaced: false,
      });
      found++;
    }
  }
  assert.is(found, 15);
});

test('knows Adam7 and no other method', async () => {
  assert.is(read(8, RGB, [0, 0, 1])().interlaced, true);
  assert.is(read(8, RGB, [1, 0, 2])().interlaced, true, 'as in Pillow');
  await refused(read(8, RGB, [0, 64, 0]), 'InvalidImage', /filter method 64/);
});

test('the first chunk is IHDR of 13 bytes', async () => {
  await refused(() => readPngHeader({ type: 'CgBI', data: new Uint8Array(13) }), 'InvalidImage', /got CgBI of 13/);
  await refused(() => readPngHeader({ type: 'IHDR', data: new Uint8Array(12) }), 'InvalidImage', /got IHDR of 12/);
});

test.run();
