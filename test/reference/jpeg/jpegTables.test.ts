import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MARKER } from '../../../src/image/jpeg/jpegSegments.ts';
import { refused } from '../../src/refused.ts';
import { BitReader } from './bitReader.ts';
import { define, emptyTables, tableOf, ZIGZAG } from './jpegTables.ts';

const test = suite('reference/jpeg/jpegTables');

function defined(marker: number, ...data: number[]) {
  const tables = emptyTables();
  define(tables, { marker, at: 0, data: Uint8Array.from(data), next: 0 });
  return tables;
}

const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const counting = Array.from({ length: 64 }, (_, k) => k + 1);

test('zigzag goes along the diagonals, turning at the edges, and stays at the last', () => {
  let [x, y, step] = [0, 0, 1]; // up and to the right first
  for (let k = 0; k < 64; k++) {
    assert.is(ZIGZAG[k], 8 * y + x, `coefficient ${k}`);
    const [nextX, nextY] = [x + step, y - step];
    if (nextX >= 0 && nextX < 8 && nextY >= 0 && nextY < 8) [x, y] = [nextX, nextY];
    else {
      if (step > 0) [x, y] = x < 7 ? [x + 1, y] : [x, y + 1];
      else [x, y] = y < 7 ? [x, y + 1] : [x + 1, y];
      step = -step;
    }
  }
  assert.equal([...ZIGZAG.subarray(64)], new Array(16).fill(63));
});

test('quantization tables of 8 and 16 bits, several in a segment, come out in rows', () => {
  const wide = counting.flatMap((n) => [n, 255 - n]);
  const { quantization } = defined(MARKER.quantization, 2, ...counting, 0x13, ...wide);
  assert.equal([quantization[0], quantization[1]], [undefined, undefined]);
  for (const [k, n] of counting.entries()) {
    assert.is(quantization[2]![ZIGZAG[k]], n);
    assert.is(quantization[3]![ZIGZAG[k]], 256 * n + 255 - n);
  }
});

test('Huffman tables of both kinds, several in a segment', () => {
  const counts = [0, 3, ...new Array(14).fill(0)];
  const { dc, ac } = defined(MARKER.huffman, 1, ...counts, 7, 8, 9, 0x10, ...counts, 4, 5, 6);
  const read = (table: (typeof dc)[0]) => {
    const reader = new BitReader(Uint8Array.of(0b00011000), 0);
    return [0, 1, 2].map(() => table!.read(reader));
  };
  assert.equal(
    [read(dc[1]), read(ac[0])],
    [
      [7, 8, 9],
      [4, 5, 6],
    ],
  );
  assert.equal([dc[0], ac[1]], [undefined, undefined]);
});

test('restart interval and marks of the colors; what defines nothing changes nothing', () => {
  assert.is(defined(MARKER.restartInterval, 1, 4).restartInterval, 260);
  assert.is(defined(MARKER.app0, ...ascii('JFIF\0'), ...new Array(9).fill(0)).jfif, true);
  assert.is(defined(MARKER.app14, ...ascii('Adobe'), ...new Array(6).fill(0), 2).adobeTransform, 2);
  for (const [marker, data] of [
    [MARKER.restartInterval, [1]],
    [MARKER.app0, ascii('JFIF\0')],
    [MARKER.app0, [...ascii('JFXX\0'), ...new Array(9).fill(0)]],
    [MARKER.app14, ascii('Adobe')],
    [MARKER.app1, ascii('Exif\0\0')],
    [MARKER.quantization, []],
  ] as const) {
    assert.equal(defined(marker, ...data), emptyTables(), `${marker}: ${data}`);
  }
});

test('refuses tables that are cut, wider or more than there can be', async () => {
  const quantization = (...data: number[]) =>
    refused(() => defined(MARKER.quantization, ...data), 'InvalidImage', /quantization/);
  await quantization(0, ...counting.slice(1));
  await quantization(0x10, ...counting);
  await quantization(4, ...counting);
  await quantization(0x20, ...counting, ...counting);
  const huffman = (...data: number[]) => refused(() => defined(MARKER.huffman, ...data), 'InvalidImage', /Huffman/);
  const counts = [1, ...new Array(15).fill(0)];
  await huffman(0, ...counts);
  await huffman(0, 1, 0);
  await huffman(4, ...counts, 1);
  await huffman(0x20, ...counts, 1);
  await huffman(0, ...new Array(14).fill(0), 128, 129, ...new Array(257).fill(1));
});

test('a table that a scan needs and nobody defined is named', async () => {
  assert.is(tableOf(['a', undefined], 0, 'AC Huffman'), 'a');
  await refused(() => tableOf(['a', undefined], 1, 'AC Huffman'), 'InvalidImage', /needs AC Huffman table 1/);
  await refused(() => tableOf([], 15, 'DC Huffman'), 'InvalidImage', /DC Huffman table 15/);
});

test.run();
