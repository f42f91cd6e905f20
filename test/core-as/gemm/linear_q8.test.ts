import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DTYPES } from '../../../src/dtype.ts';
import { EPILOGUES } from '../../../src/wasm/kernels.ts';
import { linear, randomFloats } from '../../reference/linear.ts';
import { linearQuantized, quantizeRow, quantizeWeights } from '../../reference/quantize.ts';
import { quantizeWeights4 } from '../../reference/quantize4.ts';
import { erf } from '../../reference/special.ts';
import { loadCores } from '../core.ts';
import { packLayer, runLayer, unpackLayer } from './layer.ts';

const test = suite('core-as/gemm/linear_q8');
const cores = loadCores();
const Q8 = DTYPES.indexOf('q8');
const SIZES = [
  [1, 1, 1],
  [2, 5, 2],
  [3, 13, 3],
  [5, 16, 4],
  [1, 12, 7],
  [4, 33, 70],
  [197, 17, 129],
  [300, 25, 13],
] as const;

const split = (values: Float32Array, k: number) =>
  Array.from({ length: values.length / k }, (_, i) => values.subarray(i * k, (i + 1) * k));
const range = (length: number) => Array.from({ length }, (_, i) => 3 * i);
/** Rows of very different range, one without negatives, one of zeros. */
const activations = (m: number, k: number) =>
  randomFloats(m * k, m + k).map((v, i) => {
    const row = Math.floor(i / k);
    return row % 7 === 3 ? Math.abs(v) : row % 7 === 4 ? 0 : v * 10 ** ((row % 9) - 4);
  });

test('equals the plain integer reference bit for bit, in every build', () => {
  for (const [m, n, k] of SIZES) {
    const [x, w, scale, shift] = [activations(m, k), randomFloats(n * k, 2), randomFloats(n, 3), randomFloats(n, 4)];
    const plain = linearQuantized(split(x, k).map(quantizeRow), split(w, k).map(quantizeWeights));
    const affine = plain.map((value, i) => Math.fround(value * scale[i % n]) + shift[i % n]);
    for (const core of cores) {
      core.reset();
      const layer = packLayer(core, 'q8', w, n, k, [n >> 1, n]);
      assert.equal(runLayer(layer, { x, m }), plain, `${core.name} ${m}×${n}×${k}`);
      assert.equal(runLayer(layer, { x, m, scale, shift, outStride: n + 2, cuts: [0.5, 1] }), affine);
    }
  }
});

test('the largest operands, alone and all together, lose nothing', () => {
  const k = 3072;
  const x = Float32Array.from(
    { length: 4 * k },
    (_, i) => [1, -1, i % 2 ? 1 : -1, i === 2 * k ? -1 : 1][Math.floor(i / k)],
  );
  const w = Float32Array.from({ length: 3 * k }, (_, i) => [1, -1, i % 2 ? -1 : 1][Math.floor(i / k)]);
  const expected = linearQuantized(split(x, k).map(quantizeRow), split(w, k).map(quantizeWeights));
  for (const core of cores) {
    core.reset();
    assert.equal(runLayer(packLayer(core, 'q8', w, 3, k), { x, m: 4 }), expected, core.name);
  }
});

test('steps whose sums do not fit 16 bits are not joined, wherever they are among small weights', () => {
  const [m, n] = [13, 9];
  for (const k of [8, 12, 61, 200, 772]) {
    const pairsOfSteps = Math.ceil(k / 8);
    // eight values of all rows that are 127: none · the first · the last · every ninth · every second, too many to join any
    const places = [
      [],
      [0],
      [pairsOfSteps - 1],
      ...[9, 2].map((step) => Array.from({ length: pairsOfSteps }, (_, p) => p * step)),
    ];
    // four weights of the two steps: the most that fits, one more, the same with the other sign, signs that cancel out
    const four = [
      [127, 127, 4, 0],
      [127, 127, 5, 0],
      [-127, -127, -4, 0],
      [-127, -127, -5, 0],
      [127, 127, -127, -127],
    ];
    for (const hot of places)
      for (const [a, b, c, d] of [...four, [127, 127, 127, 127]]) {
        const x = Float32Array.from({ length: m * k }, (_, i) => [1, i % 2, -1][Math.floor(i / k) % 3]);
        const w = Float32Array.from({ length: n * k }, (_, i) => {
          const p = i % k;
          if (hot.includes(Math.floor(p / 8))) return [a, b, 0, 0, c, d, 0, 0][p % 8] / 127;
          return p === k - 1 ? 1 : ((i % 5) - 2) / 127;
        });
        const expected = linearQuantized(split(x, k).map(quantizeRow), split(w, k).map(quantizeWeights));
        for (const core of cores) {
          core.reset();
          assert.equal(
            runLayer(packLayer(core, 'q8', w, n, k), { x, m }),
            expected,
            `${core.name} ${k}: ${hot}; ${a} ${c}`,
          );
        }
      }
  }
});

test('outliers keep their value and leave the others their steps, in every build', () => {
  const [m, n] = [8, 19];
  for (const k of [40, 61, 300, 1501]) {
    const x = randomFloats(m * k, k).map((v, i) => {
      const [row, p] = [Math.floor(i / k), i % k];
      // none · one · the last · both signs · one step of a tile · below 6 root mean squares · 32, and 33 where there is room
      const far = [[], [7], [k - 1], [3, 20], [8, 9, 10, 11], [5], range(k > 200 ? 32 : 2), range(k > 200 ? 33 : 1)][
        row
      ];
      return far.includes(p) ? (p % 2 ? -1 : 1) * (row === 5 ? 2 : 400) : v;
    });
    const w = randomFloats(n * k, 2);
    const rows = split(x, k).map(quantizeRow);
    const beyond = rows.map(({ q }) => q.filter((value) => value < 0 || value > 127).length);
    if (k > 1000) assert.equal(beyond, [0, 1, 1, 2, 4, 0, 32, 0]);
    const expected = linearQuantized(rows, split(w, k).map(quantizeWeights));
    for (const core of cores) {
      for (const dtype of ['q8', 'q4'] as const) {
        core.reset();
        const weights = split(w, k).map(dtype === 'q8' ? quantizeWeights : quantizeWeights4);
        const plain = dtype === 'q8' ? expected : linearQuantized(rows, weights);
        assert.equal(runLayer(packLayer(core, dtype, w, n, k), { x, m }), plain, `${core.name} ${dtype} ${k}`);
      }
    }
  }
});

test('a row with an outlier is as near as one without', () => {
  const [n, k] = [64, 768];
  const [plain, w] = [randomFloats(k, 1), randomFloats(n * k, 2)];
  const far = plain.map((v, p) => (p === 100 ? 300 : v));
  const errors = [plain, far].map((x) => {
    cores[0].reset();
    const got = runLayer(packLayer(cores[0], 'q8', w, n, k), { x, m: 1 });
    const rounded = Float32Array.from(unpackLayer(packLayer(cores[0], 'q8', w, n, k)));
    const exact = linear(x, rounded, 1, n, k);
    return Math.sqrt(got.reduce((sum, v, i) => sum + (v - exact[i]) ** 2, 0) / n);
  });
  assert.ok(errors[1] < 3 * errors[0] && errors[0] < 3 * errors[1], `${errors}`); // by its range alone it would be 150 times
});

test('what is packed comes back as scale·q; quantized rows go in and out unchanged', () => {
  const [n, k] = [21, 37];
  const w = randomFloats(n * k, 5);
  const rows = split(w, k).map(quantizeWeights);
  const q = Int8Array.from(rows.flatMap((row) => row.q));
  const scales = Float32Array.from(rows.map((row) => row.scale));
  for (const core of cores) {
    core.reset();
    const layer = packLayer(core, 'q8', w, n, k);
    const expected = Float32Array.from(rows.flatMap((row) => row.q.map((value) => Math.fround(value * row.scale))));
    assert.equal(unpackLayer(layer), expected);
    assert.equal(unpackLayer(layer, 4, 9), expected.subarray(4 * k, 9 * k));
    const [bytes, floats] = [core.alloc(n * k), core.alloc(4 * n)];
    const out = [
      [bytes, n * k],
      [floats, 4 * n],
    ] as const;
    core.writesOnly(out, () => core.kernels.unpack_quantized(0, n, bytes, floats, layer.w, k, Q8));
    assert.equal(new Int8Array(core.bytes(bytes, n * k).buffer), q);
    assert.equal(core.floats(floats, n), scales);
    const raw = core.alloc(layer.bytes);
    core.kernels.pack_quantized(0, 10, raw, bytes, floats, n, k, Q8);
    core.kernels.pack_quantized(10, n, raw, bytes + 10 * k, floats + 40, n, k, Q8);
    assert.equal(core.bytes(raw, layer.bytes - 63), core.bytes(layer.w, layer.bytes - 63));
  }
});

test('a one in the middle of zeros selects a quantized weight: x·I gives the quantized x', () => {
  const size = 18;
  const identity = Float32Array.from({ length: size * size }, (_, i) => +(i % (size + 1) === 0));
  const x = randomFloats(3 * size, 6);
  const expected = split(x, size).flatMap((row) => {
    const { q, scale, zero } = quantizeRow(row);
    return q.map((value) => (value - zero) * scale);
  });
  for (const core of cores) {
    core.reset();
    const got = runLayer(packLayer(core, 'q8', identity, size, size), { x, m: 3 });
    for (let i = 0; i < got.length; i++) assert.ok(Math.abs(got[i] - expected[i]) < 1e-6, `${got[i]} ${expected[i]}`);
  }
});

test('the error stays within half a step of either operand', () => {
  const [m, n, k] = [9, 14, 256];
  const [x, w] = [randomFloats(m * k, 7), randomFloats(n * k, 8)];
  const exact = linear(x, w, m, n, k);
  const [got] = cores.map((core) => {
    core.reset();
    return runLayer(packLayer(core, 'q8', w, n, k), { x, m });
  });
  const energy = (values: ArrayLike<number>) => Array.from(values).reduce((sum, v) => sum + v * v, 0);
  const error = Math.sqrt(energy(got.map((v, i) => v - exact[i])) / energy(exact));
  assert.ok(error < 0.012 && error > 1e-5, `relative error ${error}`);
});

test('gelu of integers is within 2e-4 of x·Φ(x), the same in every build; NaN stays NaN', () => {
  const [m, n, k] = [90, 18, 2];
  const x = Float32Array.from({ length: m * k }, (_, i) => (i % 2 ? 0 : i / 15 - 6)); // −6 … 6
  const w = Float32Array.from({ length: n * k }, (_, i) => (i % 2 ? 0 : 1 + i / 400));
  x[4] = Number.NaN;
  const outputs = cores.map((core) => {
    core.reset();
    const layer = packLayer(core, 'q8', w, n, k);
    const plain = runLayer(layer, { x, m });
    const got = runLayer(layer, { x, m, epilogue: EPILOGUES.indexOf('gelu'), outStride: n + 2, cuts: [0.5, 1] });
    for (const [i, value] of plain.entries()) {
      const expected = (value * (1 + erf(value / Math.SQRT2))) / 2;
      assert.ok(Number.isNaN(value) ? Number.isNaN(got[i]) : Math.abs(got[i] - expected) < 2e-4, `${value}: ${got[i]}`);
    }
    return got;
  });
  for (const output of outputs) assert.equal([...output], [...outputs[0]]);
  assert.ok(outputs[0].some((value) => value > 5) && outputs[0].some((value) => value < -0.1));
});

test('whatever the numbers are, every build gives the same', () => {
  const [m, n, k] = [64, 9, 83];
  const odd = [Infinity, -Infinity, NaN, 3e38, -3e38, 1e-38, 1e-42, -0, 1e20, -1e15];
  const noise = randomFloats(m * k, 31);
  const x = noise.map((v, i) => ((i * 7919) % 101 < Math.floor(i / k) / 12 ? odd[(i * 31) % odd.length] : v));
  const outputs = cores.map((core) => {
    core.reset();
    return [...runLayer(packLayer(core, 'q8', randomFloats(n * k, 1), n, k), { x, m })];
  });
  for (const [c, { name }] of cores.entries()) {
    const other = outputs[c].findIndex((value, i) => !Object.is(value, outputs[0][i]));
    assert.is(other, -1, `${name}: ${outputs[c][other]} at ${other}, not ${outputs[0][other]}`);
  }
  assert.ok(outputs[0].filter(Number.isNaN).length > 100 && outputs[0].filter(Number.isFinite).length > 100);
});

test('NaN in a row stays in that row, as NaN', () => {
  const [m, n, k] = [3, 5, 9];
  const x = randomFloats(m * k, 9);
  x[k + 2] = Number.NaN;
  for (const core of cores) {
    core.reset();
    const got = runLayer(packLayer(core, 'q8', randomFloats(n * k, 1), n, k), { x, m });
    for (let i = 0; i < m * n; i++) assert.is(Number.isNaN(got[i]), Math.floor(i / n) === 1);
  }
});

test('a weight that is not finite makes its row NaN and no other, by the same bytes in every build', () => {
  const [n, k, m] = [12, 8, 2];
  for (const odd of [Number.NaN, Infinity, -Infinity])
    for (const row of [0, 3, 5]) {
      const w = randomFloats(n * k, 1).map((v, i) => (i === row * k + 6 ? odd : v));
      const images = cores.map((core) => {
        core.reset();
        const layer = packLayer(core, 'q8', w, n, k);
        const [bytes, scales] = [core.alloc(n * k), core.alloc(4 * n)];
        core.kernels.unpack_quantized(0, n, bytes, scales, layer.w, k, Q8);
        const got = runLayer(layer, { x: randomFloats(m * k, 2), m });
        for (let i = 0; i < m * n; i++) assert.is(Number.isNaN(got[i]), i % n === row);
        return [...new Uint8Array(core.kernels.memory.buffer, bytes, n * k)];
      });
      for (const image of images) assert.equal(image, images[0]);
    }
});

test.run();
