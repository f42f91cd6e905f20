import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomFloats } from '../../reference/linear.ts';
import { linearQuantized, quantizeRow } from '../../reference/quantize.ts';
import { quantizeWeights4 } from '../../reference/quantize4.ts';
import { loadCores } from '../core.ts';
import { packLayer, runLayer, unpackLayer } from './layer.ts';

const test = suite('core-as/gemm/linear_q4');
const cores = loadCores();

const split = (values: Float32Array, k: number) =>
  Array.from({ length: values.length / k }, (_, i) => values.subarray(i * k, (i + 1) * k));
/** Sums of four uniform numbers, some ten times as large, some blocks zero. */
const weights = (length: number, seed: number) => {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => randomFloats(length, 4 * seed + i));
  return a.map((v, i) => (v + b[i] + c[i] + d[i]) * (i % 97 === 0 ? 10 : 1) * (i % 320 < 32 ? 0 : 1));
};

test('what is packed comes back as the integers of the plain reference', () => {
  for (const [n, k] of [
    [1, 1],
    [5, 31],
    [13, 32],
    [17, 33],
    [26, 100],
    [12, 768],
  ]) {
    const w = weights(n * k, n);
    const expected = Float32Array.from(
      split(w, k)
        .map(quantizeWeights4)
        .flatMap(({ q, scale }) => q.map((value) => Math.fround(value * scale))),
    );
    for (const core of cores) {
      core.reset();
      const layer = packLayer(core, 'q4', w, n, k, [n >> 1, n]);
      assert.equal(unpackLayer(layer), expected, `${core.name} ${n}×${k}`);
      assert.equal(unpackLayer(layer, n >> 1, n), expected.subarray((n >> 1) * k));
    }
  }
});

test('equals the plain integer reference bit for bit, in every build', () => {
  for (const [m, n, k] of [
    [1, 1, 1],
    [2, 5, 2],
    [3, 13, 35],
    [5, 16, 64],
    [4, 33, 70],
    [197, 17, 129],
    [300, 25, 13],
  ]) {
    const [x, w, scale, shift] = [randomFloats(m * k, 1), weights(n * k, 2), randomFloats(n, 3), randomFloats(n, 4)];
    const plain = linearQuantized(split(x, k).map(quantizeRow), split(w, k).map(quantizeWeights4));
    const affine = plain.map((value, i) => Math.fround(value * scale[i % n]) + shift[i % n]);
    for (const core of cores) {
      core.reset();
      const layer = packLayer(core, 'q4', w, n, k);
      assert.equal(runLayer(layer, { x, m }), plain, `${core.name} ${m}×${n}×${k}`);
      assert.equal(runLayer(layer, { x, m, scale, shift, outStride: n + 2, cuts: [0.5, 1] }), affine);
    }
  }
});

test('A·I is A exactly where A is 0 and its largest value; x·I gives the quantized x', () => {
  const size = 40;
  const identity = Float32Array.from({ length: size * size }, (_, i) => +(i % (size + 1) === 0));
  const x = randomFloats(3 * size, 6);
  for (const core of cores) {
    core.reset();
    const layer = packLayer(core, 'q4', identity, size, size);
    assert.equal(unpackLayer(layer), identity);
    const [got, eight] = [layer, packLayer(core, 'q8', identity, size, size)].map((l) => runLayer(l, { x, m: 3 }));
    assert.equal(got, eight);
  }
});

test('takes 17/32 byte a weight and the error of 4 bits', () => {
  const [n, k] = [48, 768];
  const w = weights(n * k, 9).map((v, i) => (i % 97 === 0 ? v / 10 : v));
  for (const core of cores) {
    core.reset();
    const layer = packLayer(core, 'q4', w, n, k);
    assert.ok(layer.bytes <= 0.56 * n * k, `${layer.bytes / (n * k)} byte a weight`);
    const back = unpackLayer(layer);
    const energy = (values: Float32Array) => values.reduce((sum, v) => sum + v * v, 0);
    const error = Math.sqrt(energy(back.map((v, i) => v - w[i])) / energy(w));
    assert.ok(error > 0.05 && error < 0.085, `relative error ${error}`);
  }
});

test.run();
