import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resizeGrid } from '../../../../../src/interpolate.ts';
import { resizePositions, resizeRelativeBias } from '../../../../../src/model/beit/positions/positions.ts';

const test = suite('model/beit/positions');
const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => i);
const grid = (height: number, width: number) => ({ height, width });

test('a ramp stays a ramp away from the edges', () => {
  const out = resizeGrid(ramp(8), 1, grid(1, 8), grid(1, 16), 'bilinear');
  for (let i = 2; i < 14; i++) assert.ok(Math.abs(out[i] - (i / 2 - 0.25)) < 1e-6, `${i}: ${out[i]}`);
  assert.is(out[0], 0);
  assert.is(out[15], 7);
});

test('native size gives the table itself', () => {
  const table = ramp((5 * 7 + 3) * 2);
  assert.is(resizeRelativeBias(table, 2, grid(3, 4), grid(3, 4)), table);
  const positions = ramp(13 * 2);
  assert.is(resizePositions(positions, { dim: 2, positioned: 1 }, grid(3, 4), grid(3, 4)), positions);
});

test('the rows of the class token are never resized', () => {
  const table = ramp((5 * 7 + 3) * 2);
  const resized = resizeRelativeBias(table, 2, grid(3, 4), grid(6, 5));
  assert.is(resized.length, (11 * 9 + 3) * 2);
  assert.equal([...resized.subarray(-6)], [...table.subarray(-6)]);
  const positions = resizePositions(ramp(13 * 2), { dim: 2, positioned: 1 }, grid(3, 4), grid(6, 5));
  assert.is(positions.length, 31 * 2);
  assert.equal([...positions.subarray(0, 2)], [0, 1]);
});

test('the quirk of transformers changes only grids that are not square', () => {
  const table = ramp(5 * 5 + 3);
  assert.is(resizeRelativeBias(table, 1, grid(3, 3), grid(3, 3), 'transformers'), table);
  const wide = ramp(5 * 7 + 3);
  assert.not.equal([...resizeRelativeBias(wide, 1, grid(3, 4), grid(3, 4), 'transformers')], [...wide]);
});

test.run();
