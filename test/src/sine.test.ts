import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cosine, sine } from '../../src/sine.ts';

const test = suite('image/sine');

/** sin(p / 2⁴⁰) to 100 fraction bits, from its Taylor series over integers. */
function exactSine(p: bigint): number {
  const bits = 100n;
  const x = p << (bits - 40n);
  const x2 = (x * x) >> bits;
  let term = x;
  let sum = x;
  for (let n = 2n; term !== 0n; n += 2n) {
    term = (-term * x2) / ((n * (n + 1n)) << bits);
    sum += term;
  }
  return Number(sum >> 20n) / 2 ** 80;
}

test('is within 1.5 ulp of the exact sine over what the filters ask for', () => {
  let worst = 0;
  for (let i = -4000; i <= 4000; i++) {
    const p = BigInt(Math.round(i * 2.6e-3 * 2 ** 40)) + 12345n;
    const x = Number(p) / 2 ** 40;
    const exact = exactSine(p);
    const ulp = 2 ** (Math.floor(Math.log2(Math.abs(exact))) - 52);
    worst = Math.max(worst, Math.abs(sine(x) - exact) / ulp);
  }
  console.log(`worst error of sine: ${worst.toFixed(2)} ulp`);
  assert.ok(worst <= 1.5, `${worst} ulp`);
});

test('has cosine as its derivative and as its other side', () => {
  for (let x = -9.5; x < 9.5; x += 0.01) {
    assert.ok(Math.abs(sine(x) ** 2 + cosine(x) ** 2 - 1) < 4e-16);
    assert.ok(Math.abs(cosine(x) - sine(x + Math.PI / 2)) < 2e-15);
  }
  assert.is(sine(0), 0);
  assert.is(cosine(0), 1);
  assert.is(sine(-1.25), -sine(1.25));
});

test.run();
