import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GREY, type PngHeader, RGB, RGBA } from '../../../src/image/png/pngHeader.ts';
import { lineBytes, passesOf } from '../../../src/image/png/pngPasses.ts';
import { noise } from '../../src/image/noise.ts';
import { refused } from '../../src/refused.ts';
import { Scanlines } from './scanlines.ts';

const test = suite('reference/png/scanlines');
const SAMPLES: Readonly<Record<number, number>> = { [GREY]: 1, [RGB]: 3, [RGBA]: 4 };

function header(width: number, height: number, bitDepth = 8, colorType = GREY, interlaced = false): PngHeader {
  return { width, height, bitDepth, colorType, samples: SAMPLES[colorType], interlaced };
}

/** Adam7 as the standard draws it: the pass, from 1, of every pixel of 8 × 8. */
const ADAM7 = ['16462646', '77777777', '56565656', '77777777', '36463646', '77777777', '56565656', '77777777'];

test('a plain picture is one pass, an interlaced one those of the seven that have pixels', () => {
  assert.equal(passesOf(header(5, 3)), [{ x: 0, y: 0, dx: 1, dy: 1, width: 5, height: 3 }]);
  for (let width = 1; width <= 9; width++) {
    for (let height = 1; height <= 9; height++) {
      const drawn = new Map<string, string[]>();
      for (const { x, y, dx, dy, width: w, height: h } of passesOf(header(width, height, 8, GREY, true))) {
        const grid = Array.from({ length: w * h }, (_, i) => `${x + dx * (i % w)},${y + dy * Math.floor(i / w)}`);
        drawn.set(ADAM7[y][x], grid);
      }
      const expected = new Map<string, string[]>();
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const pass = ADAM7[y % 8][x % 8];
          expected.set(pass, [...(expected.get(pass) ?? []), `${x},${y}`]);
        }
      }
      assert.equal([...drawn], [...expected].sort(), `${width} × ${height}`);
    }
  }
});

test('a row takes whole bytes', () => {
  assert.equal(
    [1, 8, 9].map((width) => lineBytes(header(1, 1, 1), width)),
    [1, 1, 2],
  );
  assert.equal(
    [1, 3].map((width) => lineBytes(header(1, 1, 4), width)),
    [1, 2],
  );
  assert.equal(
    [1, 3].map((width) => lineBytes(header(1, 1, 16, RGBA), width)),
    [8, 24],
  );
});

/** The five predictions of the standard from left, above and above left. */
const PREDICTIONS: readonly ((a: number, b: number, c: number) => number)[] = [
  () => 0,
  (a) => a,
  (_, b) => b,
  (a, b) => Math.floor((a + b) / 2),
  (a, b, c) => [a, b, c].map((v) => [Math.abs(a + b - c - v), v]).reduce((x, y) => (y[0] < x[0] ? y : x))[1],
];

/** `rows` behind the filters of `kinds`, in turns. */
function filtered(rows: Uint8Array[], pixelBytes: number, kinds: number[]): Uint8Array {
  const at = (y: number, i: number) => (y < 0 || i < 0 ? 0 : rows[y][i]);
  return Uint8Array.from(
    rows.flatMap((row, y) => {
      const kind = kinds[y % kinds.length];
      const predict = (i: number) => PREDICTIONS[kind](at(y, i - pixelBytes), at(y - 1, i), at(y - 1, i - pixelBytes));
      return [kind, ...Array.from(row, (value, i) => value - predict(i))];
    }),
  );
}

/** The rows that a stream gives when it comes in pieces of `piece` bytes. */
function unfiltered(of: PngHeader, stream: Uint8Array, piece: number) {
  const rows: number[][] = [];
  const scanlines = new Scanlines(of, (line) => rows.push([...line]));
  for (let at = 0; at < stream.length; at += piece) scanlines.push(stream.subarray(at, at + piece));
  return { rows, done: scanlines.done };
}

test('undoes each filter, on the first row and below, however the stream is cut', () => {
  for (const [of, pixelBytes] of [
    [header(7, 11, 8, RGB), 3],
    [header(5, 11, 16, RGBA), 8],
    [header(19, 11, 2), 1],
    [header(1, 11), 1],
  ] as const) {
    const bytes = lineBytes(of, of.width);
    const rows = Array.from({ length: of.height }, (_, y) => noise(y + 1, bytes));
    for (const kinds of [[0], [1], [2], [3], [4], [4, 3, 2, 1, 0]]) {
      const stream = filtered(rows, pixelBytes, kinds);
      for (const piece of [1, 3, bytes + 1, stream.length]) {
        const found = unfiltered(of, stream, piece);
        assert.equal(found, { rows: rows.map((row) => [...row]), done: true }, `filters ${kinds}`);
      }
    }
  }
});

test('every pass begins with nothing above it, and names itself and its rows', () => {
  const of = header(3, 3, 8, GREY, true);
  const seen: number[][] = [];
  const scanlines = new Scanlines(of, (line, { x, y }, row) => seen.push([x, y, row, ...line]));
  // passes 1, 4, 5, 6, 7: one pixel, (2, 0), row 2, column 1, row 1; filter 2 adds what is above in its own pass
  scanlines.push(Uint8Array.of(2, 9, 2, 8, 2, 7, 6, 2, 5));
  assert.not(scanlines.done);
  scanlines.push(Uint8Array.of(2, 1, 2, 3, 2, 1, 99, 99));
  assert.ok(scanlines.done);
  assert.equal(seen, [
    [0, 0, 0, 9],
    [2, 0, 0, 8],
    [0, 2, 0, 7, 6],
    [1, 0, 0, 5],
    [1, 0, 1, 6],
    [0, 1, 0, 3, 2, 1],
  ]);
});

test('refuses a filter that does not exist', async () => {
  for (const kind of [5, 255]) {
    const push = () => new Scanlines(header(2, 1), () => assert.unreachable()).push(Uint8Array.of(kind, 1, 2));
    await refused(push, 'InvalidImage', new RegExp(`filter type ${kind}`));
  }
});

test.run();
