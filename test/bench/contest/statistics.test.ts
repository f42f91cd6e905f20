import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cosine, largestDifference, rmsDifference, spread } from '../../../bench/contest/statistics.ts';

const test = suite('bench/contest/statistics');

test('median and quartiles, interpolated', () => {
  assert.equal(spread([4, 1, 3, 2]), { median: 2.5, low: 1.75, high: 3.25, best: 1, count: 4 });
  assert.equal(spread([5]), { median: 5, low: 5, high: 5, best: 5, count: 1 });
});

test('distances', () => {
  assert.is(cosine([1, 0], [0, 2]), 0);
  assert.is(cosine([3, 4], [6, 8]), 1);
  assert.is(rmsDifference([1, 2], [4, 6]), Math.sqrt(12.5));
  assert.is(largestDifference([1, 2], [4, -6]), 8);
});

test.run();
