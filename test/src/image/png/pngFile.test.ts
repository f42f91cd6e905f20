import { zlibSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openPng, readRows } from '../../../../src/image/png/pngFile.ts';
import { GREY, PALETTE, RGB } from '../../../../src/image/png/pngHeader.ts';
import { refused } from '../../refused.ts';
import { noise } from '../noise.ts';
import { ascii, chunk, header, pixels, png } from './pngOf.ts';

const test = suite('image/png/pngFile');
const opened =
  (...chunks: number[][]) =>
  () =>
    openPng(png(...chunks));

function rowsOf(...chunks: number[][]): number[][] {
  const rows: number[][] = [];
  readRows(openPng(png(...chunks)), (line) => rows.push([...line]));
  return rows;
}

test('reads header, palette, data and orientation, whatever lies between them', () => {
  const exif = [...ascii('MM'), 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0];
  const file = openPng(
    png(
      header(2, 1, 8, PALETTE),
      chunk('PLTE', [1, 2, 3, 4, 5, 6]),
      chunk('IDAT', [9]),
      chunk('tIME'),
      chunk('IDAT', [8]),
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

test('refuses a palette that is not there, empty, too long, or no triples', async () => {
  const start = header(1, 1, 8, PALETTE);
  await refused(opened(start, chunk('IDAT', [9])), 'InvalidImage', /no palette/);
  for (const length of [0, 4, 771]) {
    const palette = chunk('PLTE', new Uint8Array(length));
    await refused(opened(start, palette, chunk('IDAT', [9])), 'InvalidImage', new RegExp(`got ${length}$`));
  }
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

test('rows come out whole from data in many chunks, some of them empty', () => {
  const rows = [1, 2, 3].map((seed) => noise(seed, 30_000));
  const packed = zlibSync(Uint8Array.from(rows.flatMap((row) => [0, ...row])));
  const cuts = [0, 1, 2, 2, 40_000, packed.length];
  const chunks = cuts.slice(1).map((end, i) => chunk('IDAT', packed.subarray(cuts[i], end)));
  assert.equal(
    rowsOf(header(30_000, 3, 8, GREY), ...chunks),
    rows.map((row) => [...row]),
  );
});

test('what follows the last row does not matter', () => {
  const size = header(2, 1, 8, GREY);
  assert.equal(rowsOf(size, pixels([0, 7, 8], [99, 1, 2, 3])), [[7, 8]]);
});

test('refuses data that are broken or end early', async () => {
  const size = header(2, 2, 8, GREY);
  await refused(() => rowsOf(size, pixels([0, 7, 8])), 'InvalidImage', /end before its last row/);
  const error = await refused(() => rowsOf(size, chunk('IDAT', [120, 156, 255, 255, 255])), 'InvalidImage', /broken/);
  assert.ok(error.cause instanceof Error);
  await refused(() => rowsOf(size, pixels([9, 7, 8], [0, 1, 2])), 'InvalidImage', /filter type 9/);
});

test.run();
