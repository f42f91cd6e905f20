import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { grainOf, share } from '../../../../src/wasm/threads/share.ts';

const test = suite('wasm/threads/share');

test('parts lie behind each other, in whole grains, and the leader has the largest', () => {
  for (const extent of [0, 1, 2, 5, 16, 31, 197, 1576]) {
    for (const grain of [1, 2, 3, 6, 16]) {
      for (let threads = 1; threads <= 8; threads++) {
        const parts = Array.from({ length: threads }, (_, i) => share(extent, grain, i, threads));
        assert.is(parts[0][0], 0);
        assert.is(parts.at(-1)![1], extent);
        for (const [i, [begin, end]] of parts.entries()) {
          if (i > 0) assert.is(begin, parts[i - 1][1]);
          assert.ok(begin % grain === 0 || begin === extent);
          assert.ok(end - begin <= Math.max(parts[0][1], grain));
          assert.ok(parts[0][1] - (end - begin) < 2 * grain);
        }
      }
    }
  }
});

test('197 rows in tiles of 3 are 99 and 98 on two threads', () => {
  assert.equal(
    [share(197, 3, 0, 2), share(197, 3, 1, 2)],
    [
      [0, 99],
      [99, 197],
    ],
  );
});

test('linear layers are split by their tile, light rows by 4', () => {
  const rows = (value: number) => new WebAssembly.Global({ value: 'i32' }, value);
  const kernels = { tile_rows_f32: rows(3), tile_rows_q8: rows(6) };
  assert.is(grainOf('linear_f32', kernels), 3);
  assert.is(grainOf('linear_f16', kernels), 3);
  assert.is(grainOf('linear_q8', kernels), 6);
  assert.is(grainOf('linear_q4', kernels), 6);
  assert.is(grainOf('layer_norm', kernels), 4);
  assert.is(grainOf('attention', kernels), 1);
  assert.is(grainOf('conv_f32', kernels), 1);
});

test.run();
