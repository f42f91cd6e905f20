import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodePng, decodePngSamples } from '../../../../src/image/png/decodePng.ts';
import { openPng } from '../../../../src/image/png/pngFile.ts';
import { GREY, GREY_ALPHA, PALETTE, RGB, RGBA } from '../../../../src/image/png/pngHeader.ts';
import { noise } from '../noise.ts';
import { chunk, header, pixels, png } from './pngOf.ts';

const test = suite('image/png/decodePng');
const decoded = (...chunks: number[][]) => [...decodePng(openPng(png(...chunks))).data];

test('alpha is dropped and gray widened', () => {
  assert.equal(decoded(header(2, 1, 8, RGBA), pixels([0, 1, 2, 3, 0, 4, 5, 6, 255])), [1, 2, 3, 4, 5, 6]);
  assert.equal(decoded(header(2, 1, 8, GREY_ALPHA), pixels([0, 7, 0, 9, 128])), [7, 7, 7, 9, 9, 9]);
  assert.equal(decoded(header(2, 1, 2, GREY), pixels([0, 0b01_10_0000])), [85, 85, 85, 170, 170, 170]);
});

test('indices are looked up, those beyond the palette are black', () => {
  const palette = chunk('PLTE', [1, 2, 3, 4, 5, 6]);
  assert.equal(decoded(header(3, 1, 2, PALETTE), palette, pixels([0, 0b01_11_00_00])), [4, 5, 6, 0, 0, 0, 1, 2, 3]);
});

/** The rows of a picture of one byte a sample as Adam7 sends them, unfiltered. */
function interlace(data: Uint8Array, width: number, height: number, samples: number): number[][] {
  const grids = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ];
  const rows: number[][] = [];
  for (const [left, top, dx, dy] of grids) {
    for (let y = top; y < height && left < width; y += dy) {
      const row = [0];
      for (let x = left; x < width; x += dx) row.push(...data.subarray((y * width + x) * samples).subarray(0, samples));
      rows.push(row);
    }
  }
  return rows;
}

test('an interlaced picture is the same picture, down to one pixel', () => {
  for (const [width, height] of [
    [1, 1],
    [1, 9],
    [9, 2],
    [13, 11],
  ]) {
    for (const [type, samples] of [
      [RGB, 3],
      [RGBA, 4],
      [GREY, 1],
    ]) {
      const data = noise(width, width * height * samples);
      const plain = Array.from({ length: height }, (_, y) => [
        0,
        ...data.subarray(y * width * samples, (y + 1) * width * samples),
      ]);
      const expected = decoded(header(width, height, 8, type), pixels(...plain));
      const found = decoded(header(width, height, 8, type, 1), pixels(...interlace(data, width, height, samples)));
      assert.equal(found, expected, `${width} × ${height}, type ${type}`);
    }
  }
});

test('samples are the first of every pixel, indices not looked up, interlaced or not', () => {
  const samples = (...chunks: number[][]) => decodePngSamples(openPng(png(...chunks)));
  const palette = chunk('PLTE', [9, 9, 9]);
  const indices = samples(header(3, 1, 4, PALETTE), palette, pixels([0, 0x1f, 0x20]));
  assert.equal([[...indices.data], indices.channels], [[1, 15, 2], 1]);
  assert.equal([...samples(header(2, 1, 8, RGB), pixels([0, 1, 2, 3, 4, 5, 6])).data], [1, 4]);
  const data = noise(3, 35);
  assert.equal(samples(header(5, 7, 8, GREY, 1), pixels(...interlace(data, 5, 7, 1))).data, Int32Array.from(data));
});

test('class numbers of one bit are 0 and 1, those of 16 bits are whole, as numpy has them from Pillow', () => {
  const samples = (...chunks: number[][]) => [...decodePngSamples(openPng(png(...chunks))).data];
  // numpy.array(PIL.Image.open(file)) gives False, True, True of mode 1, and 300, 65535 of mode I;16
  assert.equal(samples(header(3, 1, 1, GREY), pixels([0, 0b011_00000])), [0, 1, 1]);
  assert.equal(samples(header(3, 1, 2, GREY), pixels([0, 0b01_10_11_00])), [85, 170, 255]);
  assert.equal(samples(header(2, 1, 16, GREY), pixels([0, 1, 44, 255, 255])), [300, 65535]);
  assert.equal(samples(header(2, 1, 16, GREY, 1), pixels([0, 1, 44], [0, 0, 7])), [300, 7]);
});

test.run();
