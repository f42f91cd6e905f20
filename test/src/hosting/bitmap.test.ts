import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bitmapPixels, isBitmap } from '../../../src/hosting/bitmap.ts';
import { refused } from '../refused.ts';

const test = suite('hosting/bitmap');

test('bitmaps are drawn and read back, where a runtime has them', async () => {
  class Bitmap {
    constructor(
      readonly width: number,
      readonly height: number,
    ) {}
  }
  const data = new Uint8ClampedArray(2 * 3 * 4).fill(7);
  class Canvas {
    getContext = () => ({ drawImage: () => {}, getImageData: () => ({ data, width: 2, height: 3 }) });
  }
  Object.assign(globalThis, { ImageBitmap: Bitmap, OffscreenCanvas: Canvas });
  try {
    const bitmap = new Bitmap(2, 3) as never;
    assert.is(isBitmap(bitmap), true);
    assert.is(isBitmap({ data, width: 2, height: 3 }), false);
    assert.is(bitmapPixels(bitmap).data, data);
    await refused(() => bitmapPixels(new Bitmap(0, 0) as never), 'InvalidImage', /0 × 0/);
  } finally {
    Object.assign(globalThis, { ImageBitmap: undefined, OffscreenCanvas: undefined });
  }
});

test.run();
