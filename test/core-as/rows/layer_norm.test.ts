import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { layerNorm } from '../../reference/rows.ts';
import { type Core, loadCores } from '../core.ts';
import { largestDifference, noise, put, reserve, runRanges } from '../matrix.ts';

const test = suite('core-as/rows/layer_norm');
const cores = loadCores();

function run(core: Core, x: number[][], cuts: readonly number[], eps = 1e-12) {
  core.reset();
  const cols = x[0].length;
  const [gamma, beta] = [noise(1, cols, 7), noise(1, cols, 8)];
  const [input, g, b, out] = [put(core, x, 3), put(core, gamma), put(core, beta), reserve(core, x.length, cols, 5)];
  const got = runRanges(core, out, cuts, (begin, end) =>
    core.kernels.layer_norm(
      begin,
      end,
      out.pointer,
      out.stride,
      input.pointer,
      input.stride,
      g.pointer,
      b.pointer,
      cols,
      eps,
    ),
  );
  return { got, expected: x.map((row) => layerNorm(row, gamma[0], beta[0], Math.fround(eps))) };
}

test('any number of columns, any stride', () => {
  for (const core of cores)
    for (const cols of [1, 2, 3, 4, 5, 7, 16, 31, 64, 70, 768]) {
      const { got, expected } = run(core, noise(3, cols, cols), [0, 3], 1e-5);
      assert.ok(largestDifference(got, expected) < 2e-6, `${core.name} ${cols}`);
    }
});

test('a mean ten thousand times the spread costs nothing', () => {
  for (const core of cores) {
    const x = noise(2, 768).map((row) => row.map((value) => Math.fround(1e4 + value)));
    const { got, expected } = run(core, x, [0, 2]);
    assert.ok(largestDifference(got, expected) < 2e-6, `${core.name} ${largestDifference(got, expected)}`);
  }
});

test('equal numbers give beta', () => {
  for (const core of cores) {
    const { got, expected } = run(
      core,
      [[0.1, 0.1, 0.1, 0.1, 0.1]].map((row) => row.map(Math.fround)),
      [0, 1],
      1e-12,
    );
    assert.ok(largestDifference(got, expected) < 1e-2, `${core.name}: rounding of the mean over √eps`);
  }
});

test('the bits do not depend on the split, nor on the build', () => {
  const x = noise(7, 71);
  const whole = run(cores[0], x, [0, 7]).got;
  for (const core of cores)
    for (const cuts of [
      [0, 1, 7],
      [0, 2, 3, 5, 7],
    ])
      assert.equal(run(core, x, cuts).got, whole);
});

test('NaN and Infinity stay in their row', () => {
  for (const core of cores) {
    const x = noise(3, 9);
    x[0][2] = NaN;
    x[2][8] = Infinity;
    const { got, expected } = run(core, x, [0, 3]);
    assert.ok(got[0].every(Number.isNaN) && got[2].every(Number.isNaN));
    assert.ok(largestDifference([got[1]], [expected[1]]) < 2e-6);
  }
});

test.run();
