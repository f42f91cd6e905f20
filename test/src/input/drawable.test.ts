import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isBitmap } from '../../../src/input/bitmap.ts';
import { bitmapPixels, isDrawable } from '../../../src/input/drawable.ts';
import { picturePixels } from '../../../src/input/openPicture.ts';
import type { PictureInput } from '../../../src/input/pictureInput.ts';
import { refused } from '../refused.ts';

const test = suite('input/drawable');
const data = new Uint8ClampedArray(2 * 3 * 4).fill(7);

class Bitmap {
  constructor(
    readonly width: number,
    readonly height: number,
  ) {}
}

/** Runs with what a page has, and without it afterwards. */
async function inPage(more: object, action: () => Promise<void>): Promise<void> {
  class Canvas {
    getContext = () => ({ drawImage: () => {}, getImageData: () => ({ data, width: 2, height: 3 }) });
  }
  const page = { ImageBitmap: Bitmap, OffscreenCanvas: Canvas, ...more };
  Object.assign(globalThis, page);
  try {
    await action();
  } finally {
    Object.assign(globalThis, Object.fromEntries(Object.keys(page).map((name) => [name, undefined])));
  }
}

test('bitmaps are drawn and read back, where a runtime has them', () =>
  inPage({}, async () => {
    const bitmap = new Bitmap(2, 3) as never;
    assert.is(isBitmap(bitmap), true);
    assert.is(isBitmap({ data, width: 2, height: 3 }), false);
    assert.is(bitmapPixels(bitmap).data, data);
    await refused(() => bitmapPixels(new Bitmap(0, 0) as never), 'InvalidImage', /0 × 0/);
    await refused(() => bitmapPixels(bitmap, 5), 'ImageTooLarge', /limit is 5/);
  }));

test('what a page can draw becomes a bitmap first', () => {
  const drawn: unknown[] = [];
  const createImageBitmap = async (source: unknown) => {
    drawn.push(source);
    return new Bitmap(2, 3);
  };
  return inPage({ createImageBitmap }, async () => {
    const canvas = { width: 2, height: 3, getContext: () => null };
    const forms = [
      { naturalWidth: 2, naturalHeight: 3, width: 1, height: 1, complete: true },
      { videoWidth: 2, videoHeight: 3 },
      { displayWidth: 2, displayHeight: 3, close: () => {} },
      canvas,
      { canvas, drawImage: () => {} },
    ];
    for (const form of forms) assert.is((await picturePixels(form as PictureInput)).data.length, 18);
    assert.equal(drawn, [...forms.slice(0, 4), canvas]);
    let waited = false;
    const late = { naturalWidth: 0, complete: false, decode: async () => void (waited = true) };
    await picturePixels(late as never);
    assert.ok(waited, 'an <img> that is loading is waited for');
  });
});

test('what has no pixels says why', () => {
  const createImageBitmap = () => Promise.reject(new DOMException('no data', 'InvalidStateError'));
  return inPage({ createImageBitmap }, async () => {
    await refused(
      picturePixels({ videoWidth: 0, videoHeight: 0 }),
      'InvalidImage',
      /no data \(wait for its event "loadeddata"\)/,
    );
    const broken = { naturalWidth: 0, complete: false, src: 'x.png', decode: () => Promise.reject(new Error('404')) };
    await refused(picturePixels(broken as never), 'InvalidImage', /Cannot load the <img> of "x\.png": 404/);
  });
});

test('a canvas of a package is read where there are no bitmaps, and nothing else is drawn', async () => {
  const canvas = { width: 2, height: 3, getContext: () => ({ getImageData: () => ({ data }) }) };
  assert.equal([...(await picturePixels(canvas)).data], Array(18).fill(7));
  assert.ok(isDrawable(canvas) && !isDrawable({ data, width: 2, height: 3 }));
  await refused(
    picturePixels({ naturalWidth: 2, naturalHeight: 3 }),
    'UnsupportedRuntime',
    /this runtime cannot draw it/,
  );
});

test.run();
