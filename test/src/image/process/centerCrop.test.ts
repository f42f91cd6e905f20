import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CropConvention, centerCrop } from '../../../../src/image/process/centerCrop.ts';

const test = suite('image/centerCrop');

/** A row 1, 2, 3… cropped to `width`. */
function cropped(length: number, width: number, convention: CropConvention): number[] {
  const row = { data: Uint8Array.from({ length }, (_, i) => i + 1), width: length, height: 1, channels: 1 };
  return [...centerCrop(row, width, 1, convention).data];
}

test('cuts the middle, an odd sample more on the right', () => {
  for (const convention of ['pil', 'torchvision'] as const) {
    assert.equal(cropped(5, 3, convention), [2, 3, 4]);
    assert.equal(cropped(4, 4, convention), [1, 2, 3, 4]);
  }
});

test('half a sample is dropped or rounded to even', () => {
  assert.equal(cropped(5, 2, 'pil'), [2, 3]);
  assert.equal(cropped(5, 2, 'torchvision'), [3, 4]);
  assert.equal(cropped(3, 2, 'torchvision'), [1, 2]);
  assert.equal(cropped(7, 2, 'torchvision'), [3, 4]);
  assert.equal(cropped(9, 2, 'torchvision'), [5, 6]);
});

test('pads with zeros, the odd one where the convention has it', () => {
  assert.equal(cropped(2, 5, 'pil'), [0, 0, 1, 2, 0]);
  assert.equal(cropped(2, 5, 'torchvision'), [0, 1, 2, 0, 0]);
  assert.equal(cropped(2, 4, 'pil'), [0, 1, 2, 0]);
});

test('pads one side while it cuts the other', () => {
  const column = { data: Uint8Array.from([1, 2, 3, 4, 5, 6]), width: 1, height: 6, channels: 1 };
  assert.equal([...centerCrop(column, 3, 2).data], [0, 3, 0, 0, 4, 0]);
});

test('keeps class numbers wider than 8 bits', () => {
  const map = { data: Int32Array.from([1, 70_000, 3]), width: 3, height: 1, channels: 1 };
  const { data } = centerCrop(map, 1, 1);
  assert.instance(data, Int32Array);
  assert.equal([...data], [70_000]);
});

test.run();
