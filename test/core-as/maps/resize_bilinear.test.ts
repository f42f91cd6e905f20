import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Core, loadCores } from '../core.ts';
import { largestDifference } from '../matrix.ts';
import { mapArea, pixelNoise, placed, placeMap, readMap, referenceMap } from './maps.ts';

const test = suite('core-as/maps/resize_bilinear');
const cores = loadCores();
/** Height, width, channels, output height and width. */
const SHAPES = [
  [1, 1, 3, 4, 5],
  [5, 7, 2, 10, 14],
  [5, 7, 5, 3, 11],
  [6, 6, 8, 20, 20],
  [9, 4, 6, 9, 4],
  [40, 3, 1, 7, 160],
];

function run(
  core: Core,
  pixels: number[][],
  shape: number[],
  loose: boolean,
  add: number,
  cut = 0,
  aligned = 0,
): number[][] {
  core.reset();
  const [height, width, cols, oh, ow] = shape;
  const x = placeMap(core, pixels, height, width, loose);
  const out = placeMap(core, pixelNoise(oh, ow, cols), oh, ow, loose);
  const rest = [...placed(out), ...placed(x), oh, ow, height, width, cols, add, aligned] as const;
  core.writesOnly(mapArea(out), () => {
    core.kernels.resize_bilinear(0, cut, ...rest);
    core.kernels.resize_bilinear(cut, oh, ...rest);
  });
  return readMap(core, out);
}

test('stored and added, up and down, with and without a border; the split leaves the bits', () => {
  for (const shape of SHAPES) {
    const [height, width, cols, oh, ow] = shape;
    const pixels = pixelNoise(height, width, cols);
    const expected = referenceMap(pixels, [height, width], [oh, ow], (b, out, x) => b.resizeBilinear(out, x));
    const before = pixelNoise(oh, ow, cols);
    const sums = expected.map((row, i) => row.map((value, j) => value + before[i][j]));
    const [stored, added] = [0, 1].map((add) => run(cores[0], pixels, shape, false, add));
    assert.ok(largestDifference(stored, expected) < 4e-6, `${shape}: ${largestDifference(stored, expected)}`);
    assert.ok(largestDifference(added, sums) < 4e-6, `${shape}`);
    for (const core of cores)
      for (const loose of [false, true]) {
        assert.equal(run(core, pixels, shape, loose, 0, 1), stored);
        assert.equal(run(core, pixels, shape, loose, 1, 2), added);
      }
  }
});

test('aligned corners, up and down; the split leaves the bits', () => {
  for (const shape of [...SHAPES, [3, 4, 2, 1, 1], [5, 6, 4, 1, 12]]) {
    const [height, width, cols, oh, ow] = shape;
    const pixels = pixelNoise(height, width, cols);
    const expected = referenceMap(pixels, [height, width], [oh, ow], (b, out, x) =>
      b.resizeBilinear(out, x, 'store', true),
    );
    for (const core of cores)
      for (const cut of [0, 1]) {
        const got = run(core, pixels, shape, cut === 1, 0, cut, 1);
        assert.ok(largestDifference(got, expected) < 2e-5, `${shape}: ${largestDifference(got, expected)}`);
      }
  }
});

test('the same size copies', () => {
  const pixels = pixelNoise(3, 5, 7);
  for (const core of cores) assert.equal(run(core, pixels, [3, 5, 7, 3, 5], true, 0), pixels);
});

/** Weights of a one-hot row of 14 stretched to 20 by torch 2.13; two roundings of the source index would miss them. */
const TORCH = { from: 14, to: 20, hot: 1, weights: [0, 0.549999952, 0.75, 0.0500000715, ...Array(16).fill(0)] };

test('source indices are rounded once, as torch rounds them', () => {
  const pixels = Array.from({ length: TORCH.from }, (_, i) => [i === TORCH.hot ? 1 : 0]);
  for (const core of cores) {
    const got = run(core, pixels, [1, TORCH.from, 1, 1, TORCH.to], false, 0).flat();
    assert.equal(got, TORCH.weights.map(Math.fround));
  }
});

test.run();
