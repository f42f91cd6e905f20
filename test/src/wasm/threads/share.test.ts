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

test('66 units are 33 and 33 on two threads, 132 are 17 and 16 on eight', () => {
  assert.equal(
    [share(66, 1, 0, 2), share(66, 1, 1, 2)],
    [
      [0, 33],
      [33, 66],
    ],
  );
  assert.equal(
    Array.from({ length: 8 }, (_, i) => share(132, 1, i, 8)).map(([begin, end]) => end - begin),
    [17, 17, 17, 17, 16, 16, 16, 16],
  );
});

test('light rows are split by 4, all else by its units', () => {
  assert.is(grainOf('layer_norm'), 4);
  assert.is(grainOf('linear'), 1);
  assert.is(grainOf('attention'), 1);
  assert.is(grainOf('conv_f32'), 1);
});

test.run();
