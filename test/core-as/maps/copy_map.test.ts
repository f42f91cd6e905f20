import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Core, loadCores } from '../core.ts';
import { mapArea, pixelNoise, placed, placeMap, readMap, referenceMap } from './maps.ts';

const test = suite('core-as/maps/copy_map');
const cores = loadCores();
/** Height, width, channels. */
const SHAPES = [
  [1, 1, 1],
  [4, 6, 8],
  [5, 7, 5],
  [3, 2, 11],
];

function run(core: Core, pixels: number[][], height: number, width: number, rectify: number, cut: number): number[][] {
  core.reset();
  const x = placeMap(core, pixels, height, width, cut === 1);
  const out = placeMap(core, pixelNoise(height, width, x.cols), height, width, cut === 0);
  core.writesOnly(mapArea(out), () => {
    core.kernels.copy_map(0, cut, ...placed(out), ...placed(x), width, x.cols, rectify);
    core.kernels.copy_map(cut, height, ...placed(out), ...placed(x), width, x.cols, rectify);
  });
  return readMap(core, out);
}

test('a copy, and one without negative values, between maps of different strides', () => {
  for (const core of cores)
    for (const [height, width, cols] of SHAPES) {
      const pixels = pixelNoise(height, width, cols);
      const size = [height, width] as const;
      const rectified = referenceMap(pixels, size, size, (b, out, x) => b.copyMap(out, x, 'relu'));
      for (const cut of [0, 1]) {
        assert.equal(run(core, pixels, height, width, 0, cut), pixels);
        assert.equal(run(core, pixels, height, width, 1, cut), rectified);
      }
    }
});

test('NaN and infinities stay, as in torch', () => {
  const pixels = [[Number.NaN], [Number.NEGATIVE_INFINITY], [Number.POSITIVE_INFINITY], [-1]];
  for (const core of cores) {
    assert.equal(run(core, pixels, 2, 2, 0, 0), pixels);
    assert.equal(run(core, pixels, 2, 2, 1, 0), [[Number.NaN], [0], [Number.POSITIVE_INFINITY], [0]]);
  }
});

test.run();
