import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '../../../../src/model/beit/random.ts';

const test = suite('model/beit/random');

test('normal deviates have the moments and the tails of a normal distribution', () => {
  const random = new Random(7);
  const n = 200_000;
  const draws = Float64Array.from({ length: n }, () => random.normal());
  const moment = (k: number) => draws.reduce((sum, x) => sum + x ** k, 0) / n;
  assert.ok(Math.abs(moment(1)) < 0.01);
  assert.ok(Math.abs(moment(2) - 1) < 0.02);
  assert.ok(Math.abs(moment(3)) < 0.04);
  assert.ok(Math.abs(moment(4) - 3) < 0.12);
  const beyond3 = draws.filter((x) => Math.abs(x) > 3).length / n;
  assert.ok(Math.abs(beyond3 - 0.0027) < 0.0006);
});

test('the same seed gives the same bits, another seed others', () => {
  const bits = (seed: number) =>
    Array.from(
      { length: 5 },
      (
        (random) => () =>
          random.uint32()
      )(new Random(seed)),
    );
  assert.equal(bits(1), bits(1));
  assert.not.equal(bits(1), bits(2));
});

test('uniform stays in [0, 1)', () => {
  const random = new Random(3);
  for (let i = 0; i < 10_000; i++) {
    const u = random.uniform();
    assert.ok(u >= 0 && u < 1);
  }
});

test.run();
