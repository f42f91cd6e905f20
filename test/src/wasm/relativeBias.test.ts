import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { layOutRelativeBias } from '../../../src/wasm/relativeBias.ts';
import { randomFloats } from '../../reference/linear.ts';
import { relativeIndex } from '../relativeIndex.ts';

const test = suite('wasm/relativeBias');
const HEADS = 3;

for (const grid of [
  { height: 1, width: 1 },
  { height: 3, width: 5 },
  { height: 4, width: 2 },
]) {
  test(`the keys of one grid row stand side by side, ${grid.height}×${grid.width}`, () => {
    const { height, width } = grid;
    const cols = 2 * width - 1;
    const distances = (2 * height - 1) * cols + 3;
    const table = randomFloats(distances * HEADS, 1); // [distances, heads]
    const out = layOutRelativeBias(table, HEADS, grid); // [heads, distances]
    assert.is(out.length, table.length);
    for (let a = 0; a < HEADS; a++) {
      for (let query = 0; query < height * width; query++) {
        for (let keyRow = 0; keyRow < height; keyRow++) {
          const begin = (Math.floor(query / width) - keyRow + height - 1) * cols + width - 1 - (query % width);
          const expected = Array.from({ length: width }, (_, x) => {
            return table[relativeIndex(1 + query, 1 + keyRow * width + x, grid) * HEADS + a];
          });
          assert.equal([...out.subarray(a * distances + begin).subarray(0, width)], expected);
        }
      }
      const last = (i: number) => table[(distances - 3 + i) * HEADS + a];
      assert.equal([...out.subarray((a + 1) * distances - 3, (a + 1) * distances)], [last(0), last(1), last(2)]);
    }
  });
}

test.run();
