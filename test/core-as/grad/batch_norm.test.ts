import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TrainKernels } from '../../../src/train/engine/kernels.ts';
import { batchNorm, columnStatistics, finiteDifferences } from '../../reference/gradients.ts';
import { type Core, loadTrainCores } from '../core.ts';
import { get, largestDifference, noise, put, reserve, runRanges } from '../matrix.ts';

const test = suite('core-as/grad/batch_norm');
const cores = loadTrainCores();
const EPS = 1e-2;
/** Rows and columns. */
const SHAPES = [
  [2, 1],
  [3, 5],
  [9, 4],
  [70, 7],
  [33, 12],
] as const;

/** x and what is made of it in a core. */
function measured(core: Core<TrainKernels>, rows: number, cols: number, eps = EPS) {
  core.reset();
  const [x, gamma, beta] = [
    noise(rows, cols, 2).map((row) => row.map((v) => Math.fround(3 + v))),
    noise(1, cols, 3),
    noise(1, cols, 4),
  ];
  const [xs, g, b] = [put(core, x, 3), put(core, gamma), put(core, beta)];
  const statistics = put(core, noise(5, cols, 9));
  const cut = cols >> 1;
  const found = runRanges(core, statistics, [0, cut, cols], (begin, end) => {
    core.kernels.batch_statistics(begin, end, statistics.pointer, cols, xs.pointer, xs.stride, rows, eps);
  });
  return { x, xs, gamma: gamma[0], beta: beta[0], g, b, statistics, found, cut };
}

test('mean, 1/√(variance + eps) and variance of each column', () => {
  for (const core of cores)
    for (const [rows, cols] of SHAPES) {
      const { x, found } = measured(core, rows, cols);
      for (let c = 0; c < cols; c++) {
        const { mean, variance } = columnStatistics(x, c);
        const expected = [mean, 1 / Math.sqrt(variance + EPS), variance];
        for (const [i, v] of expected.entries())
          assert.ok(Math.abs(found[i][c] - v) < 3e-7 * (1 + Math.abs(v)), core.name);
      }
    }
});

test('out = γ·x̂ + β', () => {
  for (const core of cores)
    for (const [rows, cols] of SHAPES) {
      const { x, xs, gamma, beta, g, b, statistics } = measured(core, rows, cols);
      const out = reserve(core, rows, cols, 2);
      const got = runRanges(core, out, [0, rows >> 1, rows], (begin, end) => {
        core.kernels.batch_norm(begin, end, out.pointer, out.stride, xs.pointer, xs.stride, statistics.pointer, g.pointer, b.pointer, cols); // biome-ignore format: one call
      });
      assert.ok(largestDifference(got, batchNorm(x, gamma, beta, EPS)) < 3e-6, core.name);
    }
});

test('dx, dγ and dβ are those of finite differences, with statistics of x and with frozen ones', () => {
  for (const core of cores)
    for (const [rows, cols] of SHAPES) {
      const { x, xs, gamma, beta, g, statistics, cut } = measured(core, rows, cols);
      const dy = noise(rows, cols, 6);
      const dys = put(core, dy, 1);
      const [dgamma, dbeta] = [put(core, noise(1, cols, 7)), put(core, noise(1, cols, 8))];
      const means = reserve(core, 4, cols);
      for (const [begin, end] of [[0, cut], [cut, cols]] as const) // biome-ignore format: one line
        core.kernels.batch_norm_parameters(begin, end, dgamma.pointer, dbeta.pointer, means.pointer, cols, dys.pointer, dys.stride, xs.pointer, xs.stride, rows, statistics.pointer); // biome-ignore format: one call
      const ofGamma = finiteDifferences(([row]) => batchNorm(x, row, beta, EPS), [gamma], dy);
      const ofBeta = finiteDifferences(([row]) => batchNorm(x, gamma, row, EPS), [beta], dy);
      const added = (gradient: number[][], before: number[][]) => [gradient[0].map((v, c) => v + before[0][c])];
      assert.ok(largestDifference(get(core, dgamma), added(ofGamma, noise(1, cols, 7))) < 1e-5, `${core.name} dγ`);
      assert.ok(largestDifference(get(core, dbeta), added(ofBeta, noise(1, cols, 8))) < 1e-5, `${core.name} dβ`);
      const backward = (begin: number, end: number) =>
        core.kernels.batch_norm_backward(begin, end, dys.pointer, dys.stride, dys.pointer, dys.stride, xs.pointer, xs.stride, statistics.pointer, g.pointer, means.pointer, cols); // biome-ignore format: one call
      const ofX = finiteDifferences((rows) => batchNorm(rows, gamma, beta, EPS), x, dy);
      assert.ok(largestDifference(runRanges(core, dys, [0, 1, rows], backward), ofX) < 2e-5, `${core.name} dx`);
      // frozen: y = slope·x + shift
      const again = put(core, dy);
      const none = put(
        core,
        Array.from({ length: 4 }, () => new Array(cols).fill(0)),
      );
      core.kernels.batch_norm_backward(0, rows, again.pointer, again.stride, again.pointer, again.stride, xs.pointer, xs.stride, statistics.pointer, g.pointer, none.pointer, cols); // biome-ignore format: one call
      const slopes = gamma.map((v, c) => v / Math.sqrt(columnStatistics(x, c).variance + EPS));
      const linear = dy.map((row) => row.map((v, c) => v * slopes[c]));
      assert.ok(largestDifference(get(core, again), linear) < 1e-5, `${core.name} frozen`);
    }
});

test('of two rows dx nearly cancels, and is still right to the last bits', () => {
  const [rows, cols, eps] = [2, 7, 1e-5];
  for (const core of cores) {
    const { x, xs, gamma, g, statistics } = measured(core, rows, cols, eps);
    const dy = noise(rows, cols, 6);
    const [dys, dgamma, dbeta] = [put(core, dy), reserve(core, 1, cols), reserve(core, 1, cols)];
    const means = reserve(core, 4, cols);
    core.kernels.batch_norm_parameters(0, cols, dgamma.pointer, dbeta.pointer, means.pointer, cols, dys.pointer, dys.stride, xs.pointer, xs.stride, rows, statistics.pointer); // biome-ignore format: one call
    core.kernels.batch_norm_backward(0, rows, dys.pointer, dys.stride, dys.pointer, dys.stride, xs.pointer, xs.stride, statistics.pointer, g.pointer, means.pointer, cols); // biome-ignore format: one call
    const got = get(core, dys);
    for (let c = 0; c < cols; c++) {
      const { mean, variance } = columnStatistics(x, c);
      const r = 1 / Math.sqrt(variance + Math.fround(eps));
      // x̂ is ±a, so dy − mean(dy) − x̂·mean(dy ⊙ x̂) is ±(difference of dy)/2·(1 − a²)
      const expected = (gamma[c] * r * (dy[0][c] - dy[1][c]) * Math.fround(eps)) / (2 * (variance + Math.fround(eps)));
      assert.ok(Math.abs(got[0][c] - expected) < 1e-6 * Math.abs(expected), `${core.name}: ${got[0][c]}, ${expected}`);
      assert.ok(Math.abs(got[0][c] + got[1][c]) < 1e-6 * Math.abs(expected), `${core.name}: ${mean}`);
    }
  }
});

test.run();
