import { zlibSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeLabels } from '../../../../src/image/decodePicture.ts';
import { openPng } from '../../../../src/image/png/pngFile.ts';
import { GREY, PALETTE, RGB } from '../../../../src/image/png/pngHeader.ts';
import { refused } from '../../refused.ts';
import { noise } from '../noise.ts';
import { ascii, chunk, header, pixels, png } from './pngOf.ts';

const test = suite('image/png/pngFile');
const opened =
  (...chunks: number[][]) =>
  () =>
    openPng(png(...chunks));

async function rowsOf(...chunks: number[][]): Promise<number[][]> {
  const { data, width, height } = await decodeLabels(png(...chunks));
  return Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);
}

test('reads header, palette, data and orientation, whatever lies between them', () => {
  const exif = [...ascii('MM'), 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0];
  const file = openPng(
    png(
      header(2, 1, 8, PALETTE),
      chunk('PLTE', [1, 2, 3, 4, 5, 6]),
      chunk('IDAT', [9]),
      chunk('IDAT', [8]),
      chunk('tIME'),
      chunk('IDAT', [7]),
      chunk('eXIf', exif),
    ),
  );
  assert.equal([file.header.width, file.header.height, file.orientation], [2, 1, 6]);
  assert.equal(
    file.data.map((data) => [...data]),
    [[9], [8]],
  );
  assert.equal([...file.palette], [1, 2, 3, 4, 5, 6, ...new Array(762).fill(0)]);
  const suggested = openPng(png(header(1, 1, 8, RGB), chunk('PLTE', [1, 2, 3]), chunk('IDAT', [9])));
  assert.ok(
    suggested.palette.every((value) => value === 0),
    'a palette that RGB only suggests',
  );
});

test('takes the last palette before the data, its whole entries; without one all is black', async () => {
  const start = header(1, 1, 8, PALETTE);
  const [data, later] = [chunk('IDAT', [9]), chunk('PLTE', [7, 7, 7])];
  assert.ok(opened(start, data, later)().palette.every((value) => value === 0));
  const two = opened(start, chunk('PLTE', [1, 2, 3]), chunk('PLTE', [4, 5, 6, 9]), data, later)();
  assert.equal([...two.palette.subarray(0, 6)], [4, 5, 6, 0, 0, 0]);
  assert.is(opened(start, chunk('PLTE', new Uint8Array(770)), data)().data.length, 1);
  const long = chunk('PLTE', new Uint8Array(771));
  await refused(opened(start, long, data), 'InvalidImage', /got 771 bytes/);
});

test('refuses more rows than the data can hold, 1032 bytes of one', async () => {
  const data = chunk('IDAT', new Uint8Array(3));
  assert.is(openPng(png(header(1031, 3, 8, GREY), data)).header.height, 3);
  await refused(
    opened(header(1032, 3, 8, GREY), data),
    'InvalidImage',
    /1032 × 3 pixels cannot come from 3 compressed/,
  );
  await refused(opened(header(1031, 4, 8, GREY), data), 'InvalidImage', /cannot come from/);
  await refused(opened(header(1, 1, 8, GREY)), 'InvalidImage', /cannot come from 0/);
  // each of Adam7's passes has filter bytes of its own: 5 × 1 pixels are 5 bytes in 4 passes
  await refused(opened(header(5, 0, 8, GREY, 1), data), 'InvalidImage', /5 × 0/);
});

test('rows come out whole from data in many chunks, some of them empty', async () => {
  const rows = [1, 2, 3].map((seed) => noise(seed, 30_000));
  const packed = zlibSync(Uint8Array.from(rows.flatMap((row) => [0, ...row])));
  const cuts = [0, 1, 2, 2, 40_000, packed.length];
  const chunks = cuts.slice(1).map((end, i) => chunk('IDAT', packed.subarray(cuts[i], end)));
  assert.equal(
    await rowsOf(header(30_000, 3, 8, GREY), ...chunks),
    rows.map((row) => [...row]),
  );
});

test('what follows the last row does not matter', async () => {
  const size = header(2, 1, 8, GREY);
  assert.equal(await rowsOf(size, pixels([0, 7, 8], [99, 1, 2, 3])), [[7, 8]]);
});

test('refuses data that are broken or end early', async () => {
  const size = header(2, 2, 8, GREY);
  await refused(() => rowsOf(size, pixels([0, 7, 8], [0, 1])), 'InvalidImage', /end before its last row/);
  const whole = zlibSync(Uint8Array.from([0, 7, 8, 0, 7, 9]));
  for (let length = 2; length < whole.length - 6; length++) {
    await refused(() => rowsOf(size, chunk('IDAT', whole.subarray(0, length))), 'InvalidImage', /end before|broken/);
  }
  await refused(() => rowsOf(size, chunk('IDAT', [120, 156, 255, 255, 255])), 'InvalidImage', /broken/);
  await refused(() => rowsOf(size, pixels([9, 7, 8], [0, 1, 2])), 'InvalidImage', /filter type 9/);
});

test.run();
