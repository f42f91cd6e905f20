import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resizeRelativePositionBiasTable } from '../../../../../src/model/beit/positions/resizeTable.ts';
import { filesOf } from '../../../../../src/weights/bytes/byteSource.ts';
import { refused } from '../../../refused.ts';
import { readAll } from '../../../weights/readAll.ts';

const test = suite('model/beit/resizeTable');
const file = readFileSync('fixtures/formats/tables.safetensors');
const tensors = await readAll(filesOf({ 'model.safetensors': file }));
const cases = [...tensors.keys()]
  .map((name) => /^(\d+)x(\d+)-(\d+)x(\d+)\.(cubic|linear)$/.exec(name))
  .filter((m) => m !== null);

test('there are cubic and linear cases', () => assert.is(cases.length, 9));

for (const [name, h, w, th, tw, kernel] of cases) {
  test(`${name}: as SciPy interpolates between unilm's positions`, () => {
    const { data, shape } = tensors.get(`${h}x${w}-${th}x${tw}.table`)!;
    const [from, to] = [
      { height: +h, width: +w },
      { height: +th, width: +tw },
    ];
    const got = resizeRelativePositionBiasTable(data, shape[1], from, to, kernel as 'cubic' | 'linear');
    const expected = tensors.get(name)!;
    assert.is(got.length, expected.data.length);
    const largest = Math.max(...expected.data.map(Math.abs));
    const worst = Math.max(...got.map((value, i) => Math.abs(value - expected.data[i])));
    assert.ok(worst <= 2e-6 * largest, `${worst} of ${largest}`);
  });
}

test('the same size keeps every bit; the last three rows are kept anyway', () => {
  const table = Float32Array.from({ length: (5 * 3 + 3) * 2 }, (_, i) => Math.fround(i / 7));
  const from = { height: 3, width: 2 };
  assert.equal(resizeRelativePositionBiasTable(table, 2, from, from), table);
  const one = resizeRelativePositionBiasTable(
    Float32Array.of(7, 1, 2, 3),
    1,
    { height: 1, width: 1 },
    { height: 2, width: 2 },
  );
  assert.equal([...one], [7, 7, 7, 7, 7, 7, 7, 7, 7, 1, 2, 3]);
});

test('refuses a table of another size', async () => {
  const call = () =>
    resizeRelativePositionBiasTable(new Float32Array(12), 1, { height: 2, width: 3 }, { height: 2, width: 2 });
  await refused(call, 'InvalidArgument');
});

test.run();
