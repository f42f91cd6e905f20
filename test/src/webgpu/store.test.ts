import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { quantizedRowBytes } from '../../../src/dtype.ts';
import { openQuantizer } from '../../../src/engine/openQuantizer.ts';
import { GpuStore } from '../../../src/webgpu/store.ts';
import { randomFloats } from '../../reference/linear.ts';
import { fakeDevice } from './fakeDevice.ts';

const test = suite('webgpu/store');

function newStore(): GpuStore {
  const { device, errors } = fakeDevice();
  return new GpuStore(device, errors);
}

for (const [dtype, worst] of [
  ['f32', 0],
  ['f16', 2 ** -11],
  ['bf16', 2 ** -8],
] as const) {
  test(`${dtype}: rows come back from where they were put, odd ones too`, async () => {
    for (const k of [1, 4, 7]) {
      const store = newStore();
      const w = store.reserveLinear(9, k, dtype);
      store.commit();
      const rows = randomFloats(9 * k, k);
      for (let end = 9; end > 0; end -= 2) {
        const begin = Math.max(0, end - 2);
        store.putRows(w, begin, rows.subarray(begin * k, end * k));
      }
      const found = await store.readRows(w, 2, 9);
      assert.is(found.length, 7 * k);
      for (const [i, value] of found.entries()) assert.ok(Math.abs(value - rows[2 * k + i]) <= worst, `${i} of ${k}`);
    }
  });
}

for (const dtype of ['q8', 'q4'] as const) {
  test(`${dtype}: saved rows come back as they were put, and numbers through the quantizer`, async () => {
    const [n, k] = [5, 37];
    const quantizer = await openQuantizer(dtype);
    const { device, errors } = fakeDevice();
    const store = new GpuStore(device, errors, { quantizer });
    const w = store.reserveLinear(n, k, dtype);
    store.commit();
    assert.is(store.quantizedRowBytes(w), quantizedRowBytes(dtype, k));
    const rows = randomFloats(n * k, 3);
    store.putRows(w, 0, rows.subarray(0, 2 * k));
    const rest = quantizer.quantize(rows.subarray(2 * k), k);
    store.putQuantizedRows(w, 2, rest);
    assert.equal(await store.readQuantizedRows(w, 2, n), rest);
    const all = quantizer.quantize(rows, k);
    assert.equal(await store.readQuantizedRows(w, 0, n), all);
    assert.equal(await store.readRows(w, 1, n), quantizer.dequantize(all, k).slice(k));
  });
}

test('a view is read without what lies beside it', async () => {
  const store = newStore();
  const t = store.alloc(3, 5);
  store.commit();
  store.write(
    t,
    Float32Array.from({ length: 15 }, (_, i) => i),
  );
  assert.equal(await store.read(store.cols(store.rows(t, 1, 3), 2, 4)), Float32Array.of(7, 8, 12, 13));
  assert.equal(await store.read(store.rows(t, 2, 3)), Float32Array.of(10, 11, 12, 13, 14));
});

test('without vectors a layer scales by one and shifts by zero', () => {
  const store = newStore();
  const w = store.reserveLinear(2, 3);
  store.commit();
  store.putVectors(w, null, null);
  assert.equal(vectors(w.buffers), [1, 1, 0, 0]);
  store.putVectors(w, Float32Array.of(2, 3), Float32Array.of(4, 5));
  assert.equal(vectors(w.buffers), [2, 3, 4, 5]);
});

test('a norm keeps gamma in front of beta', () => {
  const store = newStore();
  const norm = store.reserveNorm(2, 1e-6);
  store.commit();
  store.putNorm(norm, Float32Array.of(2, 3), Float32Array.of(4, 5));
  assert.equal(vectors(norm.buffers), [2, 3, 4, 5]);
});

test('the relative bias lies head by head', async () => {
  const store = newStore();
  const t = store.alloc(2, 4); // [heads, distances]
  store.commit();
  store.writeRelativeBias(
    t,
    Float32Array.from({ length: 8 }, (_, i) => i),
  ); // [distances, heads]
  assert.equal(await store.read(t), Float32Array.of(0, 2, 4, 6, 1, 3, 5, 7));
});

function vectors(buffers: unknown): number[] {
  const { bytes } = (buffers as { vectors: { bytes: Uint8Array } }).vectors;
  return [...new Float32Array(bytes.buffer)];
}

test.run();
