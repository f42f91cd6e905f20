import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend, Kinds } from '../../../../../../src/backend.ts';
import {
  allocBordered,
  allocMap,
  channels,
  type Map2d,
  mapIn,
  phase,
  scaled,
} from '../../../../../../src/model/beit/heads/segmentation/featureMaps.ts';
import { ReferenceBackend } from '../../../../../reference/backend.ts';
import { planesOf, randomMap } from './fillSlots.ts';

const test = suite('model/beit/heads/segmentation/featureMaps');
const backend: Backend<Kinds> = new ReferenceBackend();
const GRID = { height: 3, width: 5 };

/** The rows of the tensor that are pixels of a map, row by row. */
const rowsOf = ({ height, width, origin, pitch, step }: Map2d) =>
  Array.from({ length: height * width }, (_, i) => origin + Math.floor(i / width) * pitch + (i % width) * step);
const sizeOf = ({ tensor }: Map2d) => [(tensor as { rows: number }).rows, (tensor as { cols: number }).cols];

test('a plain map is its tensor from the first row on', () => {
  const map = allocMap(backend, GRID, 2);
  assert.equal(
    rowsOf(map),
    Array.from({ length: 15 }, (_, i) => i),
  );
  assert.equal(sizeOf(map), [15, 2]);
  const part = mapIn(map.tensor, { height: 2, width: 2 });
  assert.equal([part.tensor === map.tensor, rowsOf(part)], [true, [0, 1, 2, 3]]);
});

test('a bordered map has a pixel of room on every side', () => {
  const map = allocBordered(backend, GRID, 2);
  assert.equal(sizeOf(map), [5 * 7, 2]);
  const around = rowsOf({ ...map, height: 5, width: 7, origin: map.origin - map.pitch - map.step });
  assert.equal(
    around,
    Array.from({ length: 35 }, (_, i) => i),
  );
  assert.equal(
    rowsOf(map),
    around.filter((i) => i % 7 > 0 && i % 7 < 6 && i > 6 && i < 28),
  );
});

test('the four phases of a doubled map are its pixels, each once', () => {
  for (const map of [allocMap(backend, scaled(GRID, 2), 1), allocBordered(backend, scaled(GRID, 2), 1)]) {
    const whole = rowsOf(map);
    for (const [a, b] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]) {
      const part = phase(map, a, b);
      assert.equal([part.height, part.width], [3, 5]);
      assert.equal(
        rowsOf(part),
        whole.filter((_, i) => Math.floor(i / 10) % 2 === a && i % 2 === b),
      );
      // and of a phase again, as a map that is doubled twice has it
      const again = phase(phase({ ...map, height: 4, width: 8 }, a, b), 1, 0);
      assert.equal(rowsOf(again)[0], map.origin + (a + 2) * map.pitch + b);
    }
  }
});

test('a map is copied between different pitches into some channels of another', async () => {
  const x = randomMap(backend, GRID, 2, 1);
  const out = allocBordered(backend, GRID, 5);
  for (let begin = 0; begin < 5; begin++)
    backend.copyMap(channels(backend, out, begin, begin + 1), channels(backend, x, 0, 1));
  backend.copyMap(channels(backend, out, 2, 4), x);
  const [first, second] = await planesOf(backend, x, 2);
  assert.equal(await planesOf(backend, out, 5), [first, first, first, second, first]);
});

test.run();
