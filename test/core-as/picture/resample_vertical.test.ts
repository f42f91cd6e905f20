import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ResampleCoefficients, resampleCoefficients } from '../../../src/image/resample/resampleCoefficients.ts';
import { resize } from '../../../src/image/resample/resize.ts';
import { resampleAxis } from '../../reference/resample.ts';
import { type Core, loadCores } from '../core.ts';
import { axes, FILTERS, picture, placeAxis } from './resampling.ts';

const test = suite('core-as/picture/resample_vertical');
const cores = loadCores();
const GAP = 5;

function run(core: Core, bytes: Uint8Array, width: number, axis: ResampleCoefficients, cut = 0): number[] {
  core.reset();
  const [rows, stride] = [axis.starts.length, width + GAP];
  const [x, out] = [core.place(bytes), core.alloc(rows * stride)];
  const rest = [out, stride, x, width, width, ...placeAxis(core, axis)] as const;
  const area = Array.from({ length: rows }, (_, y) => [out + y * stride, width] as const);
  core.writesOnly(area, () => {
    core.kernels.resample_vertical(0, cut, ...rest);
    core.kernels.resample_vertical(cut, rows, ...rest);
  });
  return area.flatMap(([at, length]) => [...core.bytes(at, length)]);
}

test('every filter, up and down, rows of any length, and weights of any sign', () => {
  for (const width of [1, 15, 16, 17, 50])
    for (const { from, axis } of axes()) {
      const bytes = picture(from * width);
      const columns = Array.from({ length: width }, (_, x) => resampleAxis(axis, (t) => bytes[t * width + x]));
      const expected = columns[0].flatMap((_, y) => columns.map((column) => column[y]));
      for (const core of cores)
        assert.equal(
          run(core, bytes, width, axis, 1),
          expected,
          `${core.name} ${width} × ${from} → ${axis.starts.length}`,
        );
    }
});

test('both passes together resize as src/image does', () => {
  const [width, height, toWidth, toHeight] = [53, 37, 16, 48];
  const data = picture(width * height * 3);
  for (const core of cores)
    for (const filter of FILTERS) {
      core.reset();
      const [x, middle, out] = [core.place(data), core.alloc(3 * toWidth * height), core.alloc(3 * toWidth * toHeight)];
      const across = placeAxis(core, resampleCoefficients(width, toWidth, filter));
      const down = placeAxis(core, resampleCoefficients(height, toHeight, filter));
      core.kernels.resample_horizontal(0, height, middle, 3 * toWidth, x, 3 * width, toWidth, ...across);
      core.kernels.resample_vertical(0, toHeight, out, 3 * toWidth, middle, 3 * toWidth, 3 * toWidth, ...down);
      const expected = resize({ data, width, height, channels: 3 }, toWidth, toHeight, filter).data;
      assert.equal(core.bytes(out, expected.length), Uint8Array.from(expected), filter);
    }
});

test.run();
