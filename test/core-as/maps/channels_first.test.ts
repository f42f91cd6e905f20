import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCores } from '../core.ts';
import { reserve, runRanges } from '../matrix.ts';
import { pixelNoise, placed, placeMap } from './maps.ts';

const test = suite('core-as/maps/channels_first');
const cores = loadCores();

test('every size of map and number of channels, with and without a border', () => {
  for (const core of cores)
    for (const [height, width, cols] of [
      [1, 1, 1],
      [2, 3, 5],
      [3, 4, 4],
      [5, 9, 7],
      [4, 6, 150],
    ])
      for (const loose of [false, true]) {
        core.reset();
        const pixels = pixelNoise(height, width, cols);
        const x = placeMap(core, pixels, height, width, loose);
        const out = reserve(core, cols, height * width, 2);
        const got = runRanges(core, out, [0, 1, height], (begin, end) =>
          core.kernels.channels_first(begin, end, out.pointer, out.stride, ...placed(x), width, cols),
        );
        const expected = Array.from({ length: cols }, (_, c) => pixels.map((pixel) => pixel[c]));
        assert.equal(got, expected, `${core.name} ${height} × ${width} × ${cols}`);
      }
});

test.run();
