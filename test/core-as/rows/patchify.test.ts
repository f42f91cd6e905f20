import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCores } from '../core.ts';
import { noise, put, reserve, runRanges } from '../matrix.ts';

const test = suite('core-as/rows/patchify');
const cores = loadCores();

/** [images, channels, height, width, patch size]; the last three leave pixels over. */
const SHAPES = [
  [1, 3, 32, 32, 16],
  [2, 3, 8, 12, 4],
  [2, 1, 9, 7, 3],
  [1, 4, 5, 8, 5],
  [3, 2, 11, 17, 2],
];

function expected(pixels: number[], [images, channels, height, width, size]: readonly number[]): number[][] {
  const rows: number[][] = [];
  for (let image = 0; image < images; image++)
    for (let y = 0; y + size <= height; y += size)
      for (let x = 0; x + size <= width; x += size) {
        const row: number[] = [];
        for (let c = 0; c < channels; c++)
          for (let dy = 0; dy < size; dy++)
            for (let dx = 0; dx < size; dx++)
              row.push(pixels[((image * channels + c) * height + y + dy) * width + x + dx]);
        rows.push(row);
      }
  return rows;
}

test('patches in order, channels outermost, leftovers dropped', () => {
  for (const core of cores)
    for (const shape of SHAPES) {
      core.reset();
      const [images, channels, height, width, size] = shape;
      const [pixels] = noise(1, images * channels * height * width);
      const rows = expected(pixels, shape);
      const [input, out] = [put(core, [pixels]), reserve(core, rows.length, rows[0].length, 3)];
      const got = runRanges(core, out, [0, 1, rows.length - 1, rows.length], (begin, end) =>
        core.kernels.patchify(begin, end, out.pointer, out.stride, input.pointer, channels, height, width, size),
      );
      assert.equal(got, rows, `${core.name} ${shape}`);
    }
});

test.run();
