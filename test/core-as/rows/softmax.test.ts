import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { softmax } from '../../reference/rows.ts';
import { type Core, loadCores } from '../core.ts';
import { get, largestDifference, noise, put, reserve, runRanges } from '../matrix.ts';

const test = suite('core-as/rows/softmax');
const cores = loadCores();

function run(core: Core, x: number[][], cuts = [0, x.length]) {
  core.reset();
  const [input, out] = [put(core, x, 2), reserve(core, x.length, x[0].length, 1)];
  return runRanges(core, out, cuts, (begin, end) =>
    core.kernels.softmax(begin, end, out.pointer, out.stride, input.pointer, input.stride, out.cols),
  );
}

test('any number of columns', () => {
  for (const core of cores)
    for (const cols of [1, 2, 3, 4, 5, 6, 7, 8, 13, 197, 1001]) {
      const x = noise(3, cols, cols).map((row) => row.map((value) => Math.fround(20 * value)));
      assert.ok(largestDifference(run(core, x), x.map(softmax)) < 3e-7, `${core.name} ${cols}`);
    }
});

test('in place', () => {
  for (const core of cores) {
    core.reset();
    const x = noise(2, 11);
    const m = put(core, x);
    core.kernels.softmax(0, 2, m.pointer, m.stride, m.pointer, m.stride, 11);
    assert.ok(largestDifference(get(core, m), x.map(softmax)) < 3e-7);
  }
});

test('huge numbers, −Infinity, and what has no softmax', () => {
  for (const core of cores) {
    const half = run(core, [[3e38, 3e38, -3e38, -Infinity, -Infinity]]);
    assert.equal(half, [[0.5, 0.5, 0, 0, 0]]);
    for (const bad of [NaN, Infinity]) {
      const got = run(core, [
        [1, bad, 2, 3, 4],
        [1, 2, 3, 4, 5],
      ]);
      assert.ok(got[0].every(Number.isNaN) && got[1].every(Number.isFinite), `${bad}`);
    }
    assert.ok(run(core, [Array(5).fill(-Infinity)])[0].every(Number.isNaN));
  }
});

test('the bits do not depend on the split, nor on the build', () => {
  const x = noise(5, 35);
  const whole = run(cores[0], x);
  for (const core of cores) assert.equal(run(core, x, [0, 1, 4, 5]), whole);
});

test.run();
