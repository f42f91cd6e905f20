import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { joinSlots, type Target } from '../../../../../src/model/beit/params/slot.ts';

const test = suite('model/beit/slot');

/** A target of `rows` rows of 2 that writes down what it is given. */
function recorded(rows: number) {
  const values = new Float32Array(2 * rows).fill(Number.NaN);
  const chunks: [offset: number, length: number][] = [];
  const put = (chunk: Float32Array, offset: number) => {
    values.set(chunk, offset);
    chunks.push([offset, chunk.length]);
  };
  return { target: { shape: [rows, 2], grain: 2, put } satisfies Target, values, chunks };
}

test('each part is given its own elements, however the chunks lie', () => {
  const all = Float32Array.from({ length: 12 }, (_, i) => i + 1);
  for (const step of [2, 4, 6, 10, 12]) {
    const parts = [recorded(2), recorded(1), recorded(3)];
    const joined = joinSlots(parts.map(({ target }) => target));
    assert.equal([joined.shape, joined.grain], [[6, 2], 2]);
    for (let at = 0; at < 12; at += step) joined.put(all.subarray(at, Math.min(at + step, 12)), at);
    assert.equal(
      parts.map(({ values }) => [...values]),
      [
        [1, 2, 3, 4],
        [5, 6],
        [7, 8, 9, 10, 11, 12],
      ],
      `step ${step}`,
    );
    const ends = parts.map(({ chunks }) => chunks.reduce((sum, [, length]) => sum + length, 0));
    assert.equal(ends, [4, 2, 6], 'nothing comes twice');
  }
});

test('a part that a chunk does not touch is not called', () => {
  const parts = [recorded(2), recorded(1), recorded(3)];
  const joined = joinSlots(parts.map(({ target }) => target));
  joined.put(Float32Array.of(7, 8, 9, 10), 6);
  joined.put(new Float32Array(0), 4);
  assert.equal(
    parts.map(({ chunks }) => chunks),
    [[], [], [[0, 4]]],
  );
  joined.put(Float32Array.of(5, 6), 4);
  assert.equal(
    parts.map(({ chunks }) => chunks.length),
    [0, 1, 1],
  );
});

test('of one part the join is that part', () => {
  const { target, values } = recorded(1);
  const joined = joinSlots([target]);
  joined.put(Float32Array.of(3, 4), 0);
  assert.equal(
    [joined.shape, [...values]],
    [
      [1, 2],
      [3, 4],
    ],
  );
});

test.run();
