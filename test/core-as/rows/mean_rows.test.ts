import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { meanRows } from '../../reference/rows.ts';
import { type Core, loadCores } from '../core.ts';
import { largestDifference, noise, put, reserve, runRanges } from '../matrix.ts';

const test = suite('core-as/rows/mean_rows');
const cores = loadCores();

function run(core: Core, x: number[][], cuts: readonly number[]) {
  core.reset();
  const [input, out] = [put(core, x, 3), reserve(core, 1, x[0].length)];
  return runRanges(core, out, cuts, (begin, end) =>
    core.kernels.mean_rows(begin, end, out.pointer, input.pointer, input.stride, x.length),
  );
}

test('any number of rows and columns', () => {
  for (const core of cores)
    for (const [rows, cols] of [
      [1, 1],
      [2, 3],
      [3, 4],
      [4, 5],
      [5, 6],
      [6, 7],
      [7, 8],
      [196, 70],
      [1600, 9],
    ]) {
      const x = noise(rows, cols, rows);
      assert.ok(largestDifference(run(core, x, [0, cols]), [meanRows(x)]) < 1e-7, `${core.name} ${rows} × ${cols}`);
    }
});

test('the bits do not depend on the split, nor on the build', () => {
  const x = noise(21, 23);
  const whole = run(cores[0], x, [0, 23]);
  for (const core of cores)
    for (const cuts of [
      [0, 1, 23],
      [0, 7, 9, 22, 23],
    ])
      assert.equal(run(core, x, cuts), whole);
});

test.run();
