import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Core, loadCores } from '../core.ts';
import { mapArea, pixelNoise, placed, placeMap, readMap, referenceMap } from './maps.ts';

const test = suite('core-as/maps/max_pool');
const cores = loadCores();
/** Height, width, channels. */
const SHAPES = [
  [2, 2, 1],
  [4, 6, 8],
  [5, 7, 5],
  [3, 9, 2],
  [8, 3, 11],
];

function run(core: Core, pixels: number[][], height: number, width: number, loose: boolean, cut = 0): number[][] {
  core.reset();
  const [oh, ow] = [height >> 1, width >> 1];
  const x = placeMap(core, pixels, height, width, loose);
  const out = placeMap(core, pixelNoise(oh, ow, x.cols), oh, ow, loose);
  core.writesOnly(mapArea(out), () => {
    core.kernels.max_pool(0, cut, ...placed(out), ...placed(x), ow, x.cols);
    core.kernels.max_pool(cut, oh, ...placed(out), ...placed(x), ow, x.cols);
  });
  return readMap(core, out);
}

test('the largest of four, odd rows and columns dropped, with and without a border', () => {
  for (const core of cores)
    for (const [height, width, cols] of SHAPES) {
      const pixels = pixelNoise(height, width, cols);
      const expected = referenceMap(pixels, [height, width], [height >> 1, width >> 1], (b, out, x) =>
        b.maxPool(out, x),
      );
      for (const loose of [false, true]) {
        assert.equal(run(core, pixels, height, width, loose), expected);
        assert.equal(run(core, pixels, height, width, loose, 1), expected);
      }
    }
});

test('NaN wins, as in torch', () => {
  for (const core of cores) assert.equal(run(core, [[1], [NaN], [3], [4]], 2, 2, false), [[NaN]]);
});

test.run();
