import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../../src/image/decode.ts';
import { decodeLabels } from '../../../../src/image/decodePicture.ts';
import { openPng } from '../../../../src/image/png/pngFile.ts';
import { GREY, GREY_ALPHA, PALETTE, RGB, RGBA } from '../../../../src/image/png/pngHeader.ts';
import { passesOf } from '../../../../src/image/png/pngPasses.ts';
import {
  decodePng as decodeReference,
  decodePngSamples as decodeSamplesReference,
} from '../../../reference/png/decodePng.ts';
import { refused } from '../../refused.ts';
import { noise } from '../noise.ts';
import { chunk, header, pixels, png } from './pngOf.ts';

const test = suite('image/png/decodePng');
const decoded = async (...chunks: number[][]) => [...(await decode(png(...chunks))).data];
const samples = async (...chunks: number[][]) => [...(await decodeLabels(png(...chunks))).data];

test('alpha is dropped and gray widened', async () => {
  assert.equal(await decoded(header(2, 1, 8, RGBA), pixels([0, 1, 2, 3, 0, 4, 5, 6, 255])), [1, 2, 3, 4, 5, 6]);
  assert.equal(await decoded(header(2, 1, 8, GREY_ALPHA), pixels([0, 7, 0, 9, 128])), [7, 7, 7, 9, 9, 9]);
  assert.equal(await decoded(header(2, 1, 2, GREY), pixels([0, 0b01_10_0000])), [85, 85, 85, 170, 170, 170]);
});

test('indices are looked up, those beyond the palette are black', async () => {
  const palette = chunk('PLTE', [1, 2, 3, 4, 5, 6]);
  assert.equal(
    await decoded(header(3, 1, 2, PALETTE), palette, pixels([0, 0b01_11_00_00])),
    [4, 5, 6, 0, 0, 0, 1, 2, 3],
  );
});

const KINDS = [
  [1, GREY, 1],
  [2, GREY, 1],
  [4, GREY, 1],
  [8, GREY, 1],
  [16, GREY, 1],
  [8, RGB, 3],
  [16, RGB, 3],
  [1, PALETTE, 1],
  [4, PALETTE, 1],
  [8, PALETTE, 1],
  [8, GREY_ALPHA, 2],
  [16, GREY_ALPHA, 2],
  [8, RGBA, 4],
  [16, RGBA, 4],
];
const sizes = (width: number, height: number) => ({ width, height, bitDepth: 8, colorType: GREY, samples: 1 });

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

test('an interlaced picture is the same picture, down to one pixel', async () => {
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
      const expected = await decoded(header(width, height, 8, type), pixels(...plain));
      const found = await decoded(
        header(width, height, 8, type, 1),
        pixels(...interlace(data, width, height, samples)),
      );
      assert.equal(found, expected, `${width} × ${height}, type ${type}`);
    }
  }
});

test('samples are the first of every pixel, indices not looked up, interlaced or not', async () => {
  const palette = chunk('PLTE', [9, 9, 9]);
  assert.equal(await samples(header(3, 1, 4, PALETTE), palette, pixels([0, 0x1f, 0x20])), [1, 15, 2]);
  const data = noise(3, 35);
  assert.equal(await samples(header(5, 7, 8, GREY, 1), pixels(...interlace(data, 5, 7, 1))), [...data]);
});

test('class numbers of one bit are 0 and 1, those of 16 bits are whole, as numpy has them from Pillow', async () => {
  // numpy.array(PIL.Image.open(file)) gives False, True, True of mode 1, and 300, 65535 of mode I;16
  assert.equal(await samples(header(3, 1, 1, GREY), pixels([0, 0b011_00000])), [0, 1, 1]);
  assert.equal(await samples(header(3, 1, 2, GREY), pixels([0, 0b01_10_11_00])), [85, 170, 255]);
  assert.equal(await samples(header(2, 1, 16, GREY), pixels([0, 1, 44, 255, 255])), [300, 65535]);
  assert.equal(await samples(header(2, 1, 16, GREY, 1), pixels([0, 1, 44], [0, 0, 7])), [300, 7]);
});

test('the core gives the bytes of the plain loops: every kind, filter, width and way of cutting the data', async () => {
  for (const [depth, type, count] of KINDS) {
    for (const [width, height, interlaced] of [
      [1, 1, 0],
      [5, 7, 1],
      [33, 6, 0],
      [47, 9, 1],
      [130, 5, 0],
    ]) {
      const filters = Array.from({ length: 40 }, (_, i) => (i * 7 + width) % 5);
      const lines = passesOf({ ...sizes(width, height), interlaced: interlaced === 1 }).flatMap((pass) => {
        const bytes = Math.ceil((pass.width * depth * count) / 8);
        return Array.from({ length: pass.height }, (_, y) => [filters[y % 40], ...noise(y + width, bytes)]);
      });
      const palette = chunk('PLTE', noise(width, 3 * Math.min(200, 1 << depth)));
      const file = png(header(width, height, depth, type, interlaced), palette, pixels(...lines));
      const name = `${depth} bits of type ${type}, ${width} × ${height}, interlace ${interlaced}`;
      assert.equal((await decode(file)).data, decodeReference(openPng(file)).data, name);
      if (count > 1) continue;
      assert.equal((await decodeLabels(file)).data, decodeSamplesReference(openPng(file)).data, name);
    }
  }
});

test('data that do not have the checksum of zlib are broken, where it follows in the same chunk', async () => {
  const rows = Array.from(noise(7, 40 * 31), (byte, i) => (i % 31 === 0 ? 0 : byte));
  const whole = pixels(rows);
  const wrong = chunk(
    'IDAT',
    whole.slice(8, -4).map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte)),
  );
  const expected = await decoded(header(10, 40, 8, RGB), whole);
  await refused(decode(png(header(10, 40, 8, RGB), wrong)), 'InvalidImage', /do not have their checksum/);
  const filled = await decode(png(header(10, 40, 8, RGB), wrong), { truncated: 'fill' });
  assert.equal([...filled.data], expected);
  const data = wrong.slice(8, -4);
  const apart = [chunk('IDAT', data.slice(0, -4)), chunk('IDAT', data.slice(-4))];
  assert.equal(await decoded(header(10, 40, 8, RGB), ...apart), expected, 'Pillow does not come so far');
});

test('a stream that is over after some rows leaves the others black, in a palette its first color', async () => {
  assert.equal(await decoded(header(1, 3, 8, GREY), pixels([0, 7])), [7, 7, 7, 0, 0, 0, 0, 0, 0]);
  const palette = chunk('PLTE', [1, 2, 3, 4, 5, 6]);
  assert.equal(await decoded(header(1, 2, 8, PALETTE), palette, pixels([0, 1])), [4, 5, 6, 1, 2, 3]);
});

test.run();
