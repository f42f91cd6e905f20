import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Core, loadCores } from '../core.ts';
import { noise, put, runRanges } from '../matrix.ts';

const test = suite('core-as/rows/rows');
const cores = loadCores();
const f = Math.fround;
const WIDTHS = [1, 2, 3, 4, 5, 10, 63];

function run(core: Core, kernel: 'copy_rows' | 'add_rows', x: number[][], repeat: boolean, cuts = [0, 5]) {
  core.reset();
  const cols = x[0].length;
  const [out, input] = [put(core, noise(5, cols, 2), 1), put(core, x, 2)];
  return runRanges(core, out, cuts, (begin, end) =>
    core.kernels[kernel](begin, end, out.pointer, out.stride, input.pointer, repeat ? 0 : input.stride, cols),
  );
}

test('copy and add, row by row or one row repeated', () => {
  for (const core of cores)
    for (const cols of WIDTHS) {
      const [before, x] = [noise(5, cols, 2), noise(5, cols, 3)];
      assert.equal(run(core, 'copy_rows', x, false), x);
      assert.equal(
        run(core, 'copy_rows', x, true),
        before.map(() => x[0]),
      );
      const sums = (row: (i: number) => number[]) => before.map((old, i) => old.map((v, j) => f(v + row(i)[j])));
      assert.equal(
        run(core, 'add_rows', x, false, [0, 2, 3, 5]),
        sums((i) => x[i]),
      );
      assert.equal(
        run(core, 'add_rows', x, true),
        sums(() => x[0]),
      );
    }
});

test('blend takes the row where the mask is 1, keeps the old where it is 0', () => {
  for (const core of cores)
    for (const cols of WIDTHS) {
      core.reset();
      const [before, row, mask] = [noise(5, cols, 2), noise(1, cols, 3)[0], [0, 1, 0.25, 1, 0]];
      const [out, r, m] = [put(core, before, 1), put(core, [row]), put(core, [mask])];
      const got = runRanges(core, out, [0, 3, 5], (begin, end) =>
        core.kernels.blend_rows(begin, end, out.pointer, out.stride, r.pointer, m.pointer, cols),
      );
      assert.equal(
        got,
        before.map((old, i) => old.map((v, j) => f(f(v * (1 - mask[i])) + f(row[j] * mask[i])))),
      );
    }
});

test.run();
