import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { initialize } from '../../../src/loading/initialize.ts';
import type { Init, Slot } from '../../../src/model/beit/params/slot.ts';

const test = suite('loading/initialize');

/** A slot over an array, which insists on whole grains. */
function slotOf(shape: number[], init: Init, grain = 1): Slot & { data: Float32Array } {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(Number.NaN);
  const put = (chunk: Float32Array, offset: number) => {
    assert.equal([chunk.length % grain, offset % grain], [0, 0]);
    data.set(chunk, offset);
  };
  return { shape, init, grain, put, data, get: (begin, end) => data.subarray(begin, end) };
}

test('constants are constants', () => {
  const slots = { ones: slotOf([3], 'ones'), zeros: slotOf([2, 2], 'zeros'), lambda: slotOf([4], 0.1) };
  initialize(new Map(Object.entries(slots)), 0, 0.02);
  assert.equal([...slots.ones.data], [1, 1, 1]);
  assert.equal([...slots.zeros.data], [0, 0, 0, 0]);
  assert.equal([...slots.lambda.data], new Array(4).fill(Math.fround(0.1)));
});

test('matrices are normal(0, range), in the first four moments', () => {
  const slot = slotOf([300, 1000], 'normal', 1000);
  initialize(new Map([['w', slot]]), 7, 0.02);
  const n = slot.data.length;
  const moment = (p: number) => slot.data.reduce((sum, x) => sum + (x / 0.02) ** p, 0) / n;
  // five standard errors of each mean: √(var/n) with the normal's moments 1, 2, 15, 96
  for (const [p, expected, variance] of [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ]) {
    assert.ok(Math.abs(moment(p) - expected) < 5 * Math.sqrt(variance / n), `moment ${p}: ${moment(p)}`);
  }
});

test('the seed decides, the grain does not', () => {
  const drawn = (seed: number, grain: number) => {
    const slot = slotOf([210, 1000], 'normal', grain);
    initialize(new Map([['w', slot]]), seed, 1);
    return slot.data;
  };
  assert.equal(drawn(1, 1), drawn(1, 1000));
  assert.equal(drawn(1, 1), drawn(1, 70_000), 'a grain beyond a chunk');
  assert.not.equal(drawn(1, 1), drawn(2, 1));
});

test('slots draw one after the other, none the same numbers', () => {
  const [a, b] = [slotOf([50], 'normal'), slotOf([50], 'normal')];
  initialize(
    new Map([
      ['a', a],
      ['b', b],
    ]),
    0,
    1,
  );
  assert.not.equal(a.data, b.data);
});

test.run();
