import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noise } from '../../src/image/noise.ts';
import { allocatePlanes } from './jpegPlanes.ts';
import { rowReader } from './upsample.ts';

const test = suite('reference/jpeg/upsample');

/** A component of sampling 1 × 1 beside one of h × v, in a picture of this size; its padding is 255. */
function component(width: number, height: number, h: number, v: number) {
  const components = [
    { id: 0, h, v, table: 0 },
    { id: 1, h: 1, v: 1, table: 0 },
  ];
  const planes = allocatePlanes({ progressive: false, width, height, components });
  const plane = planes.planes[1];
  const values = noise(width + 7 * height, plane.width * plane.height).map((n) => n >> 1);
  plane.samples.fill(255);
  for (let y = 0; y < plane.height; y++) {
    plane.samples.set(values.subarray(y * plane.width, (y + 1) * plane.width), y * plane.blocksX * 8);
  }
  const clamped = (n: number, end: number) => Math.min(Math.max(n, 0), end - 1);
  const at = (y: number, x: number) => values[clamped(y, plane.height) * plane.width + clamped(x, plane.width)];
  return { row: rowReader(plane, planes), at };
}

/** Where sample i of twice as many lies: ¾ in `near`, ¼ in `far`. */
const triangle = (i: number) => [i >> 1, i & 1 ? (i >> 1) + 1 : (i >> 1) - 1];

test('twice as many samples are a triangle filter, halves rounded up and down in turns, with the edge repeated', () => {
  for (const [width, height] of [
    [40, 30],
    [17, 9],
    [5, 1],
    [6, 2],
  ]) {
    for (const [h, v] of [
      [2, 1],
      [2, 2],
      [1, 2],
    ]) {
      const { row, at } = component(width, height, h, v);
      for (let y = 0; y < height; y++) {
        const samples = row(y);
        for (let x = 0; x < width; x++) {
          const [y0, y1] = v === 2 ? triangle(y) : [y, y];
          const [x0, x1] = h === 2 ? triangle(x) : [x, x];
          const column = (atX: number) => (3 * at(y0, atX) + at(y1, atX)) / 4;
          const exact = (3 * column(x0) + column(x1)) / 4;
          const halfUp = h * v === 4 ? x % 2 === 0 : (h === 2 ? x : y) % 2 === 1;
          const expected = halfUp ? Math.floor(exact + 0.5) : Math.ceil(exact - 0.5);
          assert.is(samples[x], expected, `${h} × ${v} at (${y}, ${x})`);
        }
      }
    }
  }
});

test('other factors repeat samples, and so do components of one or two columns', () => {
  for (const [width, height, h, v] of [
    [35, 11, 4, 1],
    [9, 9, 3, 3],
    [20, 7, 2, 4],
    [13, 9, 1, 4],
    [3, 5, 2, 1],
    [4, 5, 2, 2],
    [1, 1, 2, 2],
  ]) {
    const { row, at } = component(width, height, h, v);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        assert.is(row(y)[x], at(Math.floor(y / v), Math.floor(x / h)), `${h} × ${v} at (${y}, ${x})`);
      }
    }
  }
});

test('a component as large as the picture is read where it lies', () => {
  const { row, at } = component(10, 3, 1, 1);
  for (let y = 0; y < 3; y++)
    assert.equal(
      [...row(y).subarray(0, 10)],
      Array.from({ length: 10 }, (_, x) => at(y, x)),
    );
  assert.is(row(0).buffer, row(1).buffer);
});

test.run();
