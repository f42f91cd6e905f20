import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exifOrientation, xmpOrientation } from '../../../src/image/exif.ts';

const test = suite('image/exif');

function block(type: number, value: number, little = true, count = 1): Uint8Array {
  const bytes = new Uint8Array(8 + 2 + 12 + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  view.setUint16(8, 1, little);
  view.setUint16(10, 274, little);
  view.setUint16(12, type, little);
  view.setUint32(14, count, little);
  if (type === 4) view.setUint32(18, value, little);
  else view.setUint16(18, value, little);
  return bytes;
}

test('reads both byte orders, SHORT and LONG', () => {
  for (const little of [true, false]) {
    assert.is(exifOrientation(block(3, 6, little)), 6);
    assert.is(exifOrientation(block(4, 8, little)), 8);
  }
});

test('finds nothing in blocks that are broken, and never fails', () => {
  const good = block(3, 6);
  for (let length = 0; length < 22; length++)
    assert.is(exifOrientation(good.subarray(0, length)), undefined, `${length} bytes`);
  assert.is(exifOrientation(block(2, 6)), 1, 'a text');
  assert.is(exifOrientation(block(3, 6, true, 2)), 6, 'two values: the first');
  assert.is(exifOrientation(block(3, 9)), 1, 'a number that is no orientation');
  const far = good.slice();
  far.fill(255, 4, 8);
  assert.is(exifOrientation(far), undefined, 'a directory beyond the end');
  const many = good.slice();
  many.fill(255, 8, 10);
  assert.is(exifOrientation(many), 6, 'more entries than there is room for');
});

test('reads XMP as an attribute or an element', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  assert.is(xmpOrientation(bytes('<a tiff:Orientation="3"/>')), 3);
  assert.is(xmpOrientation(bytes('<tiff:Orientation>5</tiff:Orientation>')), 5);
  assert.is(xmpOrientation(bytes('<a tiff:Make="x"/>')), undefined);
});

test.run();
