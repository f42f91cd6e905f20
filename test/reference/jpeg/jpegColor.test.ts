import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noise } from '../../src/image/noise.ts';
import { rowPainter } from './jpegColor.ts';
import { emptyTables, type JpegTables } from './jpegTables.ts';

const test = suite('reference/jpeg/jpegColor');
const WIDTH = 400;
const rows = [1, 2, 3, 4].map((seed) => noise(seed, WIDTH));

/** The pixels that components of these ids make of `rows`. */
function painted(ids: number[], marks: Partial<JpegTables> = {}): number[][] {
  const components = ids.map((id) => ({ id, h: 1, v: 1, table: 0 }));
  const paint = rowPainter({ progressive: false, width: WIDTH, height: 1, components }, { ...emptyTables(), ...marks });
  const out = new Uint8Array(3 * WIDTH + 10).fill(77);
  paint(out, 5, rows, WIDTH);
  assert.equal([...out.subarray(0, 5), ...out.subarray(-5)], new Array(10).fill(77), 'nothing beside the row');
  return Array.from({ length: WIDTH }, (_, x) => [...out.subarray(5 + 3 * x, 8 + 3 * x)]);
}

const bytes = (values: number[]) => values.map((value) => Math.min(Math.max(value, 0), 255));
const rgb = (x: number) => [rows[0][x], rows[1][x], rows[2][x]];
/** BT.601 at full range, in doubles. */
function fromYcc([y, cb, cr]: number[]): number[] {
  const [u, v] = [cb - 128, cr - 128];
  return bytes([y + 1.402 * v, y - 0.344136286 * u - 0.714136286 * v, y + 1.772 * u]);
}

function check(pixels: number[][], expected: (x: number) => number[], within: number): void {
  for (const [x, pixel] of pixels.entries()) {
    const wanted = expected(x);
    for (const [c, value] of pixel.entries()) {
      assert.ok(Math.abs(value - wanted[c]) <= within, `pixel ${x}: ${pixel}, expected ${wanted}`);
    }
  }
}

test('one component is gray', () => check(painted([1]), (x) => [rows[0][x], rows[0][x], rows[0][x]], 0));

test('three are YCbCr unless Adobe or their ids say RGB; JFIF has the last word', () => {
  const RGB = [82, 71, 66];
  const ycc = (x: number) => fromYcc(rgb(x));
  for (const [ids, marks] of [
    [[1, 2, 3], {}],
    [[0, 5, 9], {}],
    [[1, 2, 3], { adobeTransform: 1 }],
    [RGB, { adobeTransform: 1 }],
    [RGB, { jfif: true }],
    [[1, 2, 3], { jfif: true, adobeTransform: 0 }],
  ] as const) {
    check(painted([...ids], marks), ycc, 0.51);
  }
  check(painted(RGB), rgb, 0);
  check(painted([1, 2, 3], { adobeTransform: 0 }), rgb, 0);
});

test('four are inverted CMYK, or YCCK where Adobe says so', () => {
  // what is left of light k where ink covers 1 − light
  const light = (values: number[], x: number) => values.map((value) => (value * rows[3][x]) / 255);
  for (const marks of [{}, { adobeTransform: 0 }, { jfif: true }]) {
    check(painted([1, 2, 3, 4], marks), (x) => light(rgb(x), x), 0.5001);
  }
  const ycck = (x: number) =>
    light(
      fromYcc(rgb(x)).map((value) => 255 - value),
      x,
    );
  check(painted([1, 2, 3, 4], { adobeTransform: 2 }), ycck, 1.01);
});

test.run();
