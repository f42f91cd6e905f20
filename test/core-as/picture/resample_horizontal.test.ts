import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ResampleCoefficients, resampleCoefficients } from '../../../src/image/resample/resampleCoefficients.ts';
import { resampleAxis } from '../../reference/resample.ts';
import { type Core, loadCores } from '../core.ts';
import { axes, picture, placeAxis } from './resampling.ts';

const test = suite('core-as/picture/resample_horizontal');
const cores = loadCores();
const ROWS = 3;
const GAP = 2;

function run(core: Core, bytes: Uint8Array, from: number, axis: ResampleCoefficients, cut = 0): number[] {
  core.reset();
  const to = axis.starts.length;
  const stride = 3 * to + GAP;
  const [x, out] = [core.place(bytes), core.alloc(ROWS * stride)];
  const rest = [out, stride, x, 3 * from, to, ...placeAxis(core, axis)] as const;
  const rows = Array.from({ length: ROWS }, (_, y) => [out + y * stride, 3 * to] as const);
  core.writesOnly(rows, () => {
    core.kernels.resample_horizontal(0, cut, ...rest);
    core.kernels.resample_horizontal(cut, ROWS, ...rest);
  });
  return rows.flatMap(([at, length]) => [...core.bytes(at, length)]);
}

/** The same in exact integers, channel by channel. */
function exact(bytes: Uint8Array, from: number, axis: ResampleCoefficients): number[] {
  return Array.from({ length: ROWS }, (_, y) => {
    const channels = [0, 1, 2].map((c) => resampleAxis(axis, (t) => bytes[3 * (y * from + t) + c]));
    return channels[0].flatMap((_, i) => channels.map((channel) => channel[i]));
  }).flat();
}

test('every filter, up and down, and weights of any sign', () => {
  for (const { from, axis } of axes()) {
    const bytes = picture(ROWS * from * 3);
    const expected = exact(bytes, from, axis);
    for (const core of cores) {
      assert.equal(run(core, bytes, from, axis), expected, `${core.name} ${from} → ${axis.starts.length}`);
      assert.equal(run(core, bytes, from, axis, 1), expected);
    }
  }
});

test('a picture that ends where memory ends is not read beyond', () => {
  for (const core of cores)
    for (const from of [1, 2, 3, 4, 5, 6, 7]) {
      core.reset();
      const axis = resampleCoefficients(from, 3, 'bicubic');
      const [out, coefficients] = [core.alloc(9), placeAxis(core, axis)];
      const { buffer } = core.kernels.memory;
      const x = buffer.byteLength - 3 * from;
      new Uint8Array(buffer).set(picture(3 * from), x);
      core.kernels.resample_horizontal(0, 1, out, 9, x, 3 * from, 3, ...coefficients);
      const channels = [0, 1, 2].map((c) => resampleAxis(axis, (t) => picture(3 * from)[3 * t + c]));
      assert.equal(
        [...core.bytes(out, 9)],
        channels[0].flatMap((_, i) => channels.map((channel) => channel[i])),
      );
    }
});

test.run();
