import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filesOf } from '../../../../src/weights/bytes/byteSource.ts';
import { toFloat32 } from '../../../../src/weights/dtype.ts';
import { fromFloat32 } from '../../../../src/weights/save/fromFloat32.ts';
import { readAll } from '../readAll.ts';

const test = suite('weights/fromFloat32');
const tensors = await readAll(
  filesOf({ 'model.safetensors': readFileSync('fixtures/formats/conversions.safetensors') }),
);
const values = tensors.get('to')!.data;

for (const dtype of ['F16', 'BF16'] as const) {
  test(`${dtype} rounds as torch rounds, at the edges too`, () => {
    const got = toFloat32(dtype, fromFloat32(dtype, values), new Float32Array(values.length));
    const expected = tensors.get(`to.${dtype.toLowerCase()}`)!.data;
    assert.ok(values.length > 1000);
    for (let i = 0; i < got.length; i++)
      assert.ok(Object.is(got[i], expected[i]), `${values[i]}: ${got[i]}, ${expected[i]}`);
  });

  test(`${dtype} keeps what it can hold, and is never further off than the next value`, () => {
    const property = fc.property(fc.float({ noNaN: true }), (x) => {
      const narrow = (v: number) => toFloat32(dtype, fromFloat32(dtype, Float32Array.of(v)), new Float32Array(1))[0];
      const once = narrow(x);
      assert.is(narrow(once), once);
      const step =
        dtype === 'F16' ? Math.max(2 ** -24, Math.abs(x) * 2 ** -10) : Math.max(2 ** -133, Math.abs(x) * 2 ** -7);
      assert.ok(!Number.isFinite(once) || Math.abs(once - x) <= step / 2, `${x} → ${once}`);
    });
    fc.assert(property, { numRuns: 2000, seed: 1 });
  });
}

test('F32 copies', () => {
  const bytes = fromFloat32('F32', Float32Array.of(1, 2).subarray(1));
  assert.equal([...bytes], [0, 0, 0, 64]);
});

test.run();
