import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linear, linearF32, randomFloats } from '../../reference/linear.ts';
import { loadCores } from '../core.ts';
import { packLayer, runLayer, unpackLayer } from './layer.ts';

const test = suite('core-as/gemm/linear_f32');
const cores = loadCores();
const SIZES = [
  [1, 1, 1],
  [2, 7, 3],
  [3, 8, 16],
  [5, 13, 31],
  [4, 64, 5],
  [197, 19, 33],
  [300, 9, 10],
] as const;

const identity = (size: number) => Float32Array.from({ length: size * size }, (_, i) => +(i % (size + 1) === 0));

test('what is packed comes back, whole and in part', () => {
  for (const core of cores)
    for (const [, n, k] of SIZES) {
      core.reset();
      const rows = randomFloats(n * k, n + k);
      const layer = packLayer(core, 'f32', rows, n, k);
      assert.equal(unpackLayer(layer), rows);
      assert.equal(unpackLayer(layer, n >> 1, n), rows.subarray((n >> 1) * k));
    }
});

test('packing in chunks gives the same bytes as packing at once', () => {
  const [n, k] = [29, 11];
  const rows = randomFloats(n * k, 1);
  for (const core of cores) {
    core.reset();
    const [whole, parts] = [[n], [3, 4, 17, n]].map((cuts) => packLayer(core, 'f32', rows, n, k, cuts));
    const used = whole.bytes - 63;
    assert.equal(core.bytes(parts.w, used), core.bytes(whole.w, used));
    assert.is(whole.bytes % 64, 0);
  }
});

test('A·I = A and I·Aᵀ = Aᵀ', () => {
  for (const core of cores)
    for (const size of [1, 6, 17, 40]) {
      core.reset();
      const a = randomFloats(size * size, size);
      const transposed = Float32Array.from(a, (_, i) => a[(i % size) * size + Math.floor(i / size)]);
      assert.equal(runLayer(packLayer(core, 'f32', identity(size), size, size), { x: a, m: size }), a);
      assert.equal(runLayer(packLayer(core, 'f32', a, size, size), { x: identity(size), m: size }), transposed);
    }
});

test('every sum is the f32 sum in order of k, bit for bit, and near the f64 sum', () => {
  for (const [m, n, k] of SIZES) {
    const [x, w] = [randomFloats(m * k, 1), randomFloats(n * k, 2)];
    const [expected, exact] = [linearF32(x, w, m, n, k), linear(x, w, m, n, k)];
    for (const core of cores) {
      core.reset();
      assert.equal(runLayer(packLayer(core, 'f32', w, n, k), { x, m }), expected, `${core.name} ${m}×${n}×${k}`);
    }
    for (let i = 0; i < m * n; i++) assert.ok(Math.abs(expected[i] - exact[i]) < 1e-5);
  }
});

test('scale, shift, add and an activation, each exactly in f32', () => {
  const [m, n, k] = [6, 13, 9];
  const [x, w, scale, shift, out] = [m * k, n * k, n, n, m * n].map(randomFloats);
  const sums = linearF32(x, w, m, n, k);
  const affine = sums.map((value, i) => Math.fround(value * scale[i % n]) + shift[i % n]);
  const RELU = 2 + 5;
  for (const core of cores) {
    core.reset();
    const layer = packLayer(core, 'f32', w, n, k);
    assert.equal(runLayer(layer, { x, m, scale, shift }), affine);
    assert.equal(
      runLayer(layer, { x, m, scale }),
      sums.map((value, i) => value * scale[i % n]),
    );
    assert.equal(
      runLayer(layer, { x, m, shift }),
      sums.map((value, i) => value + shift[i % n]),
    );
    assert.equal(
      runLayer(layer, { x, m, out, epilogue: 1 }),
      sums.map((value, i) => out[i] + value),
    );
    assert.equal(
      runLayer(layer, { x, m, epilogue: RELU }),
      sums.map((value) => Math.max(value, 0)),
    );
  }
});

test('strides: columns of a wider tensor in and out, rows that overlap, one row repeated', () => {
  const [m, n, k] = [7, 10, 6];
  const w = randomFloats(n * k, 3);
  for (const core of cores)
    for (const xStride of [0, 2, k, k + 5]) {
      core.reset();
      const wide = randomFloats(m * (k + 5), 4);
      const x = Float32Array.from({ length: m * k }, (_, i) => wide[Math.floor(i / k) * xStride + (i % k)]);
      const got = runLayer(packLayer(core, 'f32', w, n, k), { x: wide, m, xStride, outStride: n + 3 });
      assert.equal(got, linearF32(x, w, m, n, k));
    }
});

test('the debug build refuses what the release builds do not look at', () => {
  const [debug] = cores;
  debug.reset();
  const layer = packLayer(debug, 'f32', Float32Array.of(1), 1, 1);
  assert.throws(() => runLayer(layer, { x: Float32Array.of(1), m: 1, epilogue: 18 }), /unknown epilogue/);
});

test.run();
