import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { predictPixel } from '../../reference/webp.ts';
import { bytesAt, kernels, placeAlone, placeBehind, randomBytes, randomNumbers } from './webpKernels.ts';

const test = suite('core-as/webp/vp8l/predictors');

test('all predictors, for runs of all lengths', () => {
  const random = randomNumbers(1);
  for (let turn = 0; turn < 12; turn++)
    for (let mode = 0; mode < 16; mode++)
      for (let count = 1; count <= 13; count++) {
        const residuals = randomBytes(random, 4 * count + 16);
        // one pixel before the run, one behind it, and room
        const [upper, row] = [randomBytes(random, 4 * count + 32), randomBytes(random, 4 * count + 32)];
        const [from, above, to] = [placeAlone(residuals), placeBehind(upper) + 4, placeBehind(row) + 4];
        kernels.predict_pixels(mode, from, to, above, to + 4 * count);
        const at = (bytes: Uint8Array, x: number) => [...bytes.subarray(4 + 4 * x, 8 + 4 * x)];
        for (let x = 0; x < count; x++) {
          const neighbors = [at(row, x - 1), at(upper, x), at(upper, x + 1), at(upper, x - 1)];
          const guess = predictPixel(mode, neighbors);
          row.set(
            guess.map((value, i) => value + residuals[4 * x + i]),
            4 + 4 * x,
          );
        }
        assert.equal(bytesAt(to, 4 * count), row.slice(4, 4 + 4 * count), `mode ${mode}, ${count} pixels`);
      }
});

test.run();
