import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Grid, gridRows, resizeGrid } from '../../src/interpolate.ts';
import { randomFloats } from '../reference/linear.ts';

const test = suite('model/beit/interpolate');
const SIZES: readonly (readonly [from: Grid, to: Grid])[] = [
  [
    { height: 3, width: 4 },
    { height: 7, width: 5 },
  ],
  [
    { height: 7, width: 6 },
    { height: 3, width: 2 },
  ],
  [
    { height: 1, width: 5 },
    { height: 4, width: 9 },
  ],
  [
    { height: 13, width: 13 },
    { height: 20, width: 11 },
  ],
];

/** Weights of an axis's `from` values for output i, clamped at the edges, from the formulas in f64. */
function weights(kind: 'bilinear' | 'bicubic', i: number, from: number, to: number): number[] {
  const out = new Array<number>(from).fill(0);
  const center = ((i + 0.5) * from) / to - 0.5;
  const source = kind === 'bilinear' ? Math.max(center, 0) : center;
  for (let tap = Math.floor(source) - 1; tap <= Math.floor(source) + 2; tap++) {
    const x = Math.abs(source - tap);
    out[Math.min(Math.max(tap, 0), from - 1)] += kind === 'bilinear' ? Math.max(0, 1 - x) : keys(x);
  }
  return out;
}

/** W(x) for A = −¾. */
function keys(x: number): number {
  const a = -0.75;
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a : 0;
}

for (const kind of ['bilinear', 'bicubic'] as const) {
  test(`${kind} is the sum over all pixels weighted along y and x`, () => {
    const cols = 2;
    for (const [from, to] of SIZES) {
      const data = randomFloats(from.height * from.width * cols, 1);
      const out = resizeGrid(data, cols, from, to, kind);
      assert.is(out.length, to.height * to.width * cols);
      for (let y = 0; y < to.height; y++) {
        const down = weights(kind, y, from.height, to.height);
        for (let x = 0; x < to.width; x++) {
          const across = weights(kind, x, from.width, to.width);
          for (let c = 0; c < cols; c++) {
            const expected = down.reduce((sum, wy, sy) => {
              return sum + wy * across.reduce((s, wx, sx) => s + wx * data[(sy * from.width + sx) * cols + c], 0);
            }, 0);
            assert.ok(Math.abs(out[(y * to.width + x) * cols + c] - expected) < 3e-6, `(${y}, ${x}, ${c})`);
          }
        }
      }
    }
  });

  test(`${kind} at the same size changes nothing`, () => {
    const grid = { height: 5, width: 3 };
    const data = randomFloats(45, 4);
    assert.equal(resizeGrid(data, 3, grid, grid, kind), data);
  });
}

test('rows come one after the other in one array', () => {
  const [from, to] = SIZES[0];
  const data = randomFloats(24, 2);
  const seen = new Set<Float32Array>();
  const rows: number[] = [];
  for (const row of gridRows(data, 2, from, to, 'bicubic')) {
    seen.add(row);
    rows.push(...row);
  }
  assert.is(seen.size, 1);
  assert.equal(rows, [...resizeGrid(data, 2, from, to, 'bicubic')]);
});

test.run();
