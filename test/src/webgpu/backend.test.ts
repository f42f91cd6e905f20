import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gpuBackend } from '../../../src/webgpu/backend.ts';
import { MAP_OPS } from '../../ops/mapOps.ts';
import { resultOn } from '../../ops/op.ts';
import { ROW_OPS } from '../../ops/rowOps.ts';
import { fakeDevice } from './fakeDevice.ts';

/** What ops hand to the device; what it makes of them is compared in test/runtimes/webgpu, where there is one. */
const test = suite('webgpu/backend');

for (const [name, op] of Object.entries({ ...ROW_OPS, ...MAP_OPS })) {
  test(name, async () => {
    const { fake, device, errors } = fakeDevice();
    await resultOn(gpuBackend(device, errors) as never, op);
    errors.check();
    assert.ok(fake.calls.length > 0);
    for (const { shader, numbers, groups } of fake.calls) {
      const fields = /struct Params \{ (.*) \}/.exec(shader)![1].split(' u32, ');
      assert.ok(
        groups.every((count) => count >= 1 && count <= 65535),
        `${groups} workgroups`,
      );
      // addresses and sizes are whole numbers, and behind the last field nothing is written
      assert.equal(
        [...numbers.slice(fields.length)].filter((n) => n !== 0),
        [],
        shader,
      );
    }
  });
}

test('a layer of integers quantizes as many rows at a time as there is room for', async () => {
  const { fake, device, errors } = fakeDevice();
  const b = gpuBackend(device, errors);
  const w = b.reserveLinear(4, 16, 'q8');
  const [x, out] = [b.alloc(5000, 16), b.alloc(5000, 4)];
  b.commit();
  b.linear(out, x, w);
  await b.read(out);
  const rows = fake.calls.map(({ numbers }) => numbers[0]);
  assert.equal(rows, [2048, 2048, 2048, 2048, 904, 904]);
  const products = fake.calls.filter((_, i) => i % 2 === 1);
  assert.equal(
    products.map(({ numbers }) => numbers[4] - out.at),
    [0, 2048 * 4, 4096 * 4],
  );
});

test('a single row is repeated: its stride is 0', async () => {
  const strides: number[] = [];
  for (const rows of [1, 3]) {
    const { fake, device, errors } = fakeDevice();
    const b = gpuBackend(device, errors);
    const [out, x] = [b.alloc(3, 5), b.alloc(rows, 5)];
    b.commit();
    b.copy(out, x);
    await b.read(out);
    strides.push(fake.calls[0].numbers[5]);
  }
  assert.equal(strides, [0, 5]);
});

test.run();
