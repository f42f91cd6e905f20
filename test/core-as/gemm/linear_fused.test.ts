import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linear, linearFused, randomFloats } from '../../reference/linear.ts';
import { loadFusedCores } from '../core.ts';
import { packLayer, runLayer, unpackLayer } from './layer.ts';

const test = suite('core-as/gemm/linear_fused');
const cores = loadFusedCores();
const SIZES = [
  [1, 1, 1],
  [2, 7, 3],
  [3, 8, 16],
  [5, 13, 31],
  [6, 8, 4],
  [7, 9, 6],
  [4, 64, 5],
  [197, 19, 33],
  [300, 9, 10],
] as const;

test('the reference rounds once: products that are exact in f64 alone, and sums that f64 would round twice', () => {
  const fma = (a: number, b: number, c: number) =>
    linearFused(Float32Array.of(c, a), Float32Array.of(1, b), 1, 1, 2)[0];
  const e = 2 ** -12;
  assert.is(fma(1 + e, 1 + e, -(1 + 2 * e)), e * e);
  // 1 + 2⁻²⁴ lies between two floats; what is far below decides
  assert.is(fma(2 ** -40, 2 ** -40, 1), 1);
  assert.is(linearFused(Float32Array.of(1, 1 + 2 ** -23), Float32Array.of(1, 2 ** -24), 1, 1, 2)[0], 1 + 2 ** -23);
  assert.is(linearFused(Float32Array.of(1, 1 - 2 ** -24), Float32Array.of(1, 2 ** -24), 1, 1, 2)[0], 1);
});

test('every sum is rounded once a step in order of k, bit for bit, and near the f64 sum', () => {
  for (const [m, n, k] of SIZES) {
    const [x, w] = [randomFloats(m * k, 1), randomFloats(n * k, 2)];
    const [expected, exact] = [linearFused(x, w, m, n, k), linear(x, w, m, n, k)];
    for (const core of cores) {
      core.reset();
      const layer = packLayer(core, 'f32', w, n, k);
      assert.equal(unpackLayer(layer), w);
      assert.equal(runLayer(layer, { x, m }), expected, `${core.name} ${m}×${n}×${k}`);
      assert.equal(
        runLayer(layer, { x, m, cuts: [1 / 8, 3 / 8, 1] }),
        expected,
        `${core.name} ${m}×${n}×${k}, in parts`,
      );
    }
    for (let i = 0; i < m * n; i++) assert.ok(Math.abs(expected[i] - exact[i]) < 1e-5);
  }
});

test('layers in 16-bit floats are those of the widened weights', () => {
  const [m, n, k] = [13, 11, 9];
  const x = randomFloats(m * k, 3);
  for (const core of cores)
    for (const dtype of ['f16', 'bf16'] as const) {
      core.reset();
      const layer = packLayer(core, dtype, randomFloats(n * k, 4), n, k);
      assert.equal(runLayer(layer, { x, m }), linearFused(x, unpackLayer(layer), m, n, k), `${core.name} ${dtype}`);
    }
});

test.run();
