import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resampleCoefficients, WEIGHT_BITS } from '../../../../src/image/resample/resampleCoefficients.ts';
import { RESAMPLE_FILTERS } from '../../../../src/image/resample/resampleFilter.ts';

const test = suite('image/resampleCoefficients');
const filters = RESAMPLE_FILTERS.filter((filter) => filter !== 'nearest');

test('weights add up to one, within their rounding, and lie inside the input', () => {
  for (const filter of filters) {
    for (const [input, output] of [
      [1, 1],
      [1, 9],
      [9, 1],
      [7, 5],
      [5, 7],
      [640, 224],
      [224, 640],
      [3000, 3],
    ]) {
      const { taps, starts, counts, weights } = resampleCoefficients(input, output, filter);
      for (let i = 0; i < output; i++) {
        assert.ok(counts[i] > 0 && counts[i] <= taps);
        assert.ok(starts[i] >= 0 && starts[i] + counts[i] <= input, `${filter} ${input} → ${output}`);
        const sum = weights.subarray(i * taps, i * taps + counts[i]).reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum - 2 ** WEIGHT_BITS) <= counts[i], `${filter} ${input} → ${output}: ${sum}`);
      }
    }
  }
});

test('an axis that keeps its size keeps its samples', () => {
  for (const filter of filters) {
    const { taps, starts, counts, weights } = resampleCoefficients(11, 11, filter);
    for (let i = 0; i < 11; i++) {
      for (let t = 0; t < counts[i]; t++) {
        assert.is(weights[i * taps + t], starts[i] + t === i ? 2 ** WEIGHT_BITS : 0, filter);
      }
    }
  }
});

test('halving with the box filter is the mean of two', () => {
  const { counts, weights } = resampleCoefficients(8, 4, 'box');
  assert.equal([...counts], [2, 2, 2, 2]);
  assert.ok([...weights].filter((w) => w !== 0).every((w) => w === 2 ** (WEIGHT_BITS - 1)));
});

test.run();
