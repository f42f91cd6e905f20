import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Core, loadCores } from '../core.ts';
import { largestDifference } from '../matrix.ts';
import { mapArea, pixelNoise, placed, placeMap, readMap, referenceMap } from './maps.ts';

const test = suite('core-as/maps/adaptive_avg_pool');
const cores = loadCores();
/** Height, width, channels, output height and width: the scales of UperNet, overlapping bins, bins of one pixel. */
const SHAPES = [
  [5, 7, 2, 1, 1],
  [5, 7, 5, 2, 2],
  [20, 20, 6, 3, 3],
  [7, 10, 4, 6, 6],
  [3, 2, 3, 6, 6],
  [4, 4, 9, 4, 4],
];

function run(core: Core, pixels: number[][], [height, width, , oh, ow]: number[], loose: boolean, cut = 0) {
  core.reset();
  const x = placeMap(core, pixels, height, width, loose);
  const out = placeMap(core, pixelNoise(oh, ow, x.cols), oh, ow, loose);
  const rest = [...placed(out), ...placed(x), oh, ow, height, width, x.cols] as const;
  core.writesOnly(mapArea(out), () => {
    core.kernels.adaptive_avg_pool(0, cut, ...rest);
    core.kernels.adaptive_avg_pool(cut, oh, ...rest);
  });
  return readMap(core, out);
}

test('means over the bins, with and without a border; the split leaves the bits', () => {
  for (const shape of SHAPES) {
    const [height, width, cols, oh, ow] = shape;
    const pixels = pixelNoise(height, width, cols);
    const expected = referenceMap(pixels, [height, width], [oh, ow], (b, out, x) => b.averagePool(out, x));
    const whole = run(cores[0], pixels, shape, false);
    assert.ok(largestDifference(whole, expected) < 1e-6, `${shape}`);
    for (const core of cores)
      for (const loose of [false, true]) assert.equal(run(core, pixels, shape, loose, 1), whole);
  }
});

test.run();
