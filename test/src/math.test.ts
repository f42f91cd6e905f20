import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exp, ln, sizeOf, softmax } from '../../src/math.ts';

const test = suite('numeric');

test('exp is within 4 ulp of Math.exp over its whole range', () => {
  for (let x = -700; x < 709; x += 0.0737) assert.ok(Math.abs(exp(x) / Math.exp(x) - 1) < 9e-16, `exp(${x})`);
});

test('ln is within 4 ulp of Math.log, near 1 in absolute terms', () => {
  for (let x = 1e-300; x < 1e300; x *= 1.7) {
    assert.ok(Math.abs(ln(x) - Math.log(x)) <= 9e-16 * Math.max(1, Math.abs(Math.log(x))), `ln(${x})`);
  }
  for (let x = 0.5; x < 2; x += 0.0013) assert.ok(Math.abs(ln(x) - Math.log(x)) < 3e-16, `ln(${x})`);
});

test('the ends of the range are those of IEEE', () => {
  assert.is(exp(0), 1);
  assert.is(exp(800), Number.POSITIVE_INFINITY);
  assert.is(exp(-800), 0);
  assert.is(exp(Number.NEGATIVE_INFINITY), 0);
  assert.ok(Number.isNaN(exp(Number.NaN)));
  assert.is(ln(1), 0);
  assert.is(ln(0), Number.NEGATIVE_INFINITY);
  assert.ok(Number.isNaN(ln(-1)));
});

test('softmax sums to 1 and survives large logits', () => {
  const scores = softmax([1000, 1001, 999]);
  assert.ok(Math.abs(scores.reduce((a, b) => a + b) - 1) < 1e-15);
  assert.ok(Math.abs(scores[1] / scores[0] - Math.E) < 1e-14);
});

test('a scalar is one element, a tensor with an empty axis none, and no product is cut to 32 bits', () => {
  assert.is(sizeOf([]), 1);
  assert.is(sizeOf([768, 0, 3]), 0);
  assert.is(sizeOf([768, 3, 16, 16]), 589_824);
  assert.is(sizeOf([2 ** 16, 2 ** 16, 3]), 3 * 2 ** 32);
});

test.run();
