import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ACTIVATIONS } from '../../../src/activations.ts';
import { randomBits } from '../../../src/randomStream.ts';
import { activations } from '../../reference/activation.ts';
import {
  finiteDifferences,
  layerNormBackward,
  productTransposed,
  sumRows,
  transposed,
} from '../../reference/gradients.ts';
import { layerNorm } from '../../reference/rows.ts';
import { loadTrainCores } from '../core.ts';
import { largestDifference, noise, put, reserve, runRanges } from '../matrix.ts';

const test = suite('core-as/grad');
const cores = loadTrainCores();
const COLS = [1, 2, 3, 4, 5, 7, 12, 13, 31, 70];

test('layer norm: dx, dγ and dβ, any number of columns, added to what is there', () => {
  for (const core of cores)
    for (const cols of COLS) {
      core.reset();
      const [x, dy, before, gamma] = [noise(5, cols, cols), noise(5, cols, 9), noise(5, cols, 3), noise(1, cols, 7)[0]];
      const [xs, dys, out, g] = [put(core, x, 3), put(core, dy, 1), put(core, before, 2), put(core, [gamma])];
      const [dgamma, dbeta] = [put(core, noise(1, cols, 4)), put(core, noise(1, cols, 5))];
      const statistics = core.alloc(4 * 3 * 5);
      const got = runRanges(
        core,
        out,
        [0, 2, 5],
        (begin, end) =>
          core.kernels.layer_norm_backward(begin, end, out.pointer, out.stride, dys.pointer, dys.stride, xs.pointer, xs.stride, g.pointer, cols, 1e-5, statistics, 1), // biome-ignore format: one call
        [[statistics, 60]],
      );
      const expected = x.map((row, i) => layerNormBackward(dy[i], row, gamma, Math.fround(1e-5)));
      const sum = expected.map(({ dx }, i) => dx.map((d, j) => d + before[i][j]));
      assert.ok(
        largestDifference(got, sum) < 2e-5 * (cols < 4 ? 100 : 1),
        `${core.name} ${cols}: ${largestDifference(got, sum)}`,
      );
      const cut = cols >> 1;
      for (const [begin, end] of [[0, cut], [cut, cols]] as const)
        core.kernels.layer_norm_parameters(begin, end, dgamma.pointer, dbeta.pointer, dys.pointer, dys.stride, xs.pointer, xs.stride, 5, statistics); // biome-ignore format: one call
      const add = (a: number[], b: number[]) => a.map((v, i) => v + b[i]);
      const dgammas = add(sumRows(expected.map((e) => e.dgamma)), noise(1, cols, 4)[0]);
      assert.ok(
        largestDifference([[...core.floats(dgamma.pointer, cols)]], [dgammas]) < 1e-5,
        `${core.name} ${cols} dγ`,
      );
      const dbetas = add(sumRows(dy), noise(1, cols, 5)[0]);
      assert.ok(largestDifference([[...core.floats(dbeta.pointer, cols)]], [dbetas]) < 1e-5, `${core.name} ${cols} dβ`);
    }
});

test('the reference of the layer norm against finite differences', () => {
  const [x, dy, gamma] = [noise(2, 6), noise(2, 6, 2), noise(1, 6, 3)[0]];
  const f = (rows: number[][]) => rows.map((row) => layerNorm(row, gamma, gamma, 1e-3));
  const expected = x.map((row, i) => layerNormBackward(dy[i], row, gamma, 1e-3).dx);
  assert.ok(largestDifference(finiteDifferences(f, x, dy), expected) < 1e-7);
});

test('the derivative of every activation, away from its kinks', () => {
  const x = Array.from({ length: 401 }, (_, i) => Math.fround((i - 200) / 16 + 0.011));
  for (const core of cores)
    for (const [kind, name] of ACTIVATIONS.entries()) {
      core.reset();
      const [xs, dys, out] = [put(core, [x]), put(core, [x.map(() => 2)]), reserve(core, 1, x.length)];
      const [got] = runRanges(
        core,
        out,
        [0, 1],
        (begin, end) =>
        core.kernels.activation_backward(begin, end, out.pointer, out.stride, dys.pointer, dys.stride, xs.pointer, xs.stride, x.length, kind), // biome-ignore format: one call
      );
      const f = activations[name];
      for (const [i, v] of x.entries()) {
        const expected = (2 * (f(v + 1e-5) - f(v - 1e-5))) / 2e-5;
        assert.ok(
          Math.abs(got[i] - expected) < 3e-6 + 2e-6 * Math.abs(expected),
          `${core.name} ${name}(${v}): ${got[i]}, expected ${expected}`,
        );
      }
    }
});

test('packing: columns of x, its transpose, and rows, as the product reads them', () => {
  for (const core of cores)
    for (const [n, k, rows] of [
      [1, 1, 1],
      [5, 3, 2],
      [13, 7, 6],
      [24, 5, 3],
      [31, 12, 9],
    ]) {
      // biome-ignore format: sizes
      core.reset();
      const [w, x, dy] = [noise(n, k, 3), noise(rows, k, 4), noise(rows, n, 5)];
      const [ws, xs, dys] = [put(core, w, 1), put(core, x, 2), put(core, dy, 3)];
      const panels = core.alloc(4 * (n + 12) * (Math.max(k, rows) + 12) * 4);
      const scratch = core.alloc(core.kernels.linear_scratch_f32(64));
      const product = (left: typeof xs, outRows: number, outCols: number, depth: number) => {
        const out = reserve(core, outRows, outCols);
        const units = core.kernels.linear_units_f32(outRows);
        core.kernels.linear_f32(0, units, outRows, out.pointer, out.stride, left.pointer, left.stride, panels, outCols, depth, 0, 0, 0, scratch); // biome-ignore format: one call
        return Array.from({ length: outRows }, (_, i) => [...core.floats(out.pointer + 4 * i * outCols, outCols)]);
      };
      const panelsOf = (size: number) => Math.ceil(size / 12);
      core.kernels.pack_panels(0, panelsOf(n), panels, ws.pointer, ws.stride, n, k);
      assert.ok(
        largestDifference(product(xs, rows, n, k), productTransposed(x, w)) < 1e-5,
        `${core.name} x·Wᵀ ${n} ${k}`,
      );
      core.kernels.pack_columns(0, panelsOf(k), panels, ws.pointer, ws.stride, k, n, 0);
      assert.ok(largestDifference(product(dys, rows, k, n), productTransposed(dy, transposed(w))) < 1e-5, 'dy·W');
      const flipped = reserve(core, n, rows);
      runRanges(core, flipped, [0, n >> 1, n], (begin, end) =>
        core.kernels.transpose(begin, end, flipped.pointer, flipped.stride, dys.pointer, dys.stride, rows),
      );
      core.kernels.pack_columns(0, panelsOf(k), panels, xs.pointer, xs.stride, k, rows, 0);
      const expected = productTransposed(transposed(dy), transposed(x));
      assert.ok(largestDifference(product(flipped, n, k, rows), expected) < 1e-5, 'dyᵀ·x');
    }
});

test('rows: weighted sums, products, spreading, and the bits do not depend on the split', () => {
  for (const core of cores)
    for (const cols of COLS) {
      core.reset();
      const [x, weights] = [noise(6, cols, cols), noise(1, 6, 2)[0]];
      const [xs, w] = [put(core, x, 3), put(core, [weights])];
      const sum = (cuts: number[]) => {
        const out = reserve(core, 1, cols);
        return cuts.slice(1).map((end, i) => core.kernels.sum_rows(cuts[i], end, out.pointer, xs.pointer, xs.stride, 6, w.pointer, 0)) && [...core.floats(out.pointer, cols)]; // biome-ignore format: one call
      };
      assert.ok(largestDifference([sum([0, cols])], [sumRows(x, weights)]) < 1e-5);
      assert.equal(sum([0, cols >> 1, cols]), sum([0, cols]));
      const dots = reserve(core, 1, 6);
      core.kernels.dot_rows(0, 6, dots.pointer, xs.pointer, xs.stride, xs.pointer, xs.stride, cols);
      const squares = x.map((row) => row.reduce((s, v) => s + v * v, 0));
      assert.ok(largestDifference([[...core.floats(dots.pointer, 6)]], [squares]) < 1e-4);
      const out = reserve(core, 6, cols, 1);
      const spread = runRanges(core, out, [0, 1, 6], (begin, end) =>
        core.kernels.spread_rows(begin, end, out.pointer, out.stride, xs.pointer, xs.stride, 0.5, 3, cols, 0),
      );
      assert.equal(
        spread,
        [0, 0, 0, 1, 1, 1].map((i) => x[i].map((v) => Math.fround(0.5 * v))),
      );
      const scaled = runRanges(core, out, [0, 4, 6], (begin, end) =>
        core.kernels.scale_rows(begin, end, out.pointer, out.stride, xs.pointer, xs.stride, w.pointer, 1, cols, 0),
      );
      assert.equal(
        scaled,
        x.map((row, i) => row.map((v) => Math.fround(v * Math.fround(weights[i])))),
      );
    }
});

test('dropout keeps what the generator of TypeScript keeps, a share 1 − rate of it', () => {
  for (const core of cores) {
    core.reset();
    const x = noise(40, 71).map((row) => row.map(() => 1));
    const [xs, out] = [put(core, x), reserve(core, 40, 71, 2)];
    const got = runRanges(core, out, [0, 17, 40], (begin, end) =>
      core.kernels.dropout(begin, end, out.pointer, out.stride, xs.pointer, xs.stride, 71, 0.25, 12345, -678),
    );
    const expected = x.map((row, i) =>
      row.map((_, j) => (randomBits(i * 71 + j, 12345, -678) >>> 8 >= 0.25 * 2 ** 24 ? Math.fround(1 / 0.75) : 0)),
    );
    assert.equal(got, expected);
    const kept = got.flat().filter((v) => v > 0).length / (40 * 71);
    assert.ok(Math.abs(kept - 0.75) < 0.03, `${kept}`);
  }
});

test('unpatchify is the transpose of patchify', () => {
  for (const core of cores) {
    core.reset();
    const [channels, height, width, patch] = [2, 7, 5, 2];
    const pixels = noise(3 * channels, height * width);
    const ps = put(core, pixels);
    const rows = 3 * 3 * 2;
    const patches = reserve(core, rows, channels * patch * patch, 1);
    core.kernels.patchify(0, rows, patches.pointer, patches.stride, ps.pointer, channels, height, width, patch);
    const out = reserve(core, 3 * channels, height * width);
    const got = runRanges(core, out, [0, 1, 3 * channels], (begin, end) =>
      core.kernels.unpatchify(begin, end, out.pointer, patches.pointer, patches.stride, channels, height, width, patch),
    );
    const inside = (i: number) => Math.floor(i / width) < 6 && i % width < 4;
    assert.equal(
      got,
      pixels.map((plane) => plane.map((v, i) => (inside(i) ? v : 0))),
    );
  }
});

test.run();
