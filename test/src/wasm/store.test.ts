import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Dtype } from '../../../src/dtype.ts';
import { wasmBackend } from '../../../src/wasm/backend.ts';
import { instantiate } from '../../../src/wasm/core.ts';
import { singleThread } from '../../../src/wasm/dispatch.ts';
import type { WasmLinear } from '../../../src/wasm/kinds.ts';
import { WasmStore } from '../../../src/wasm/store.ts';
import { randomFloats } from '../../reference/linear.ts';
import { refused } from '../refused.ts';

const test = suite('wasm/store');
const module = new WebAssembly.Module(readFileSync('dist/core.strict.wasm'));
const relaxedBytes = readFileSync('dist/core.relaxed.wasm');
const relaxedModule = WebAssembly.validate(relaxedBytes) ? new WebAssembly.Module(relaxedBytes) : module;

function newStore(relaxed = false): WasmStore {
  const kernels = instantiate(relaxed ? relaxedModule : module);
  return new WasmStore(kernels, kernels.memory, singleThread(kernels));
}

/** The rows of a fresh layer after `put` filled it. */
function rowsAfter(dtype: Dtype, n: number, k: number, put: (store: WasmStore, w: WasmLinear) => void): Float32Array {
  const store = newStore();
  const w = store.reserveLinear(n, k, dtype);
  store.commit();
  put(store, w);
  return store.readRows(w, 0, n);
}

/** Sizes that are no multiple of any tile, and one whose rows do not fit scratch at once. */
const SIZES = [
  [7, 5],
  [33, 67],
  [70, 1100],
] as const;

for (const dtype of ['f32', 'f16', 'bf16', 'q8', 'q4'] as const) {
  test(`${dtype}: rows in odd chunks, last first, are the rows in one piece`, () => {
    for (const [n, k] of SIZES) {
      const rows = randomFloats(n * k, n);
      const whole = rowsAfter(dtype, n, k, (store, w) => store.putRows(w, 0, rows));
      const chunked = rowsAfter(dtype, n, k, (store, w) => {
        for (let end = n; end > 0; end -= 3) {
          const begin = Math.max(0, end - 3);
          store.putRows(w, begin, rows.subarray(begin * k, end * k));
        }
      });
      assert.equal(chunked, whole);
      const steps: Record<Dtype, number> = { f32: 0, f16: 2 ** -11, bf16: 2 ** -8, q8: 1 / 63, q4: 0.2 };
      const worst = whole.reduce((most, x, i) => Math.max(most, Math.abs(x - rows[i])), 0);
      assert.ok(worst <= steps[dtype], `${n}×${k}: ${worst}`);
    }
  });

  test(`${dtype}: rows that were read to their place are packed there`, () => {
    for (const relaxed of [false, true]) {
      // whole panels, parts of them, and rows of which a few fill the scratch buffer
      for (const [n, k, firstRow] of [...SIZES.map(([n, k]) => [n, k, 0]), [50, 8, 48], [30, 4000, 0]]) {
        const store = newStore(relaxed);
        const w = store.reserveLinear(n, k, dtype);
        store.commit();
        const place = store.placeOfRows(w, firstRow, n);
        assert.is(place !== undefined, dtype === 'f32', `${n}×${k}`);
        if (!place) continue;
        const rows = randomFloats((n - firstRow) * k, n);
        place.bytes(0, rows.length).set(new Uint8Array(rows.buffer));
        for (let at = 0; at < rows.length; at += 3 * place.grain) {
          const bytes = place.bytes(at, Math.min(3 * place.grain, rows.length - at));
          store.putRows(w, firstRow + at / k, new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
        }
        assert.equal(store.readRows(w, firstRow, n), rows, `${n}×${k}`);
      }
    }
  });

  test(`${dtype}: any range of rows can be read`, () => {
    const [n, k] = [33, 67];
    const store = newStore();
    const w = store.reserveLinear(n, k, dtype);
    store.commit();
    store.putRows(w, 0, randomFloats(n * k, 1));
    const all = store.readRows(w, 0, n);
    assert.equal(store.readRows(w, 11, 30), all.slice(11 * k, 30 * k));
    assert.is(store.readRows(w, 5, 5).length, 0);
  });
}

for (const dtype of ['q8', 'q4'] as const) {
  test(`${dtype}: quantized rows go out and in again without rounding`, () => {
    for (const [n, k] of SIZES) {
      const store = newStore();
      const [from, to] = [store.reserveLinear(n, k, dtype), store.reserveLinear(n, k, dtype)];
      store.commit();
      store.putRows(from, 0, randomFloats(n * k, k));
      const { bytes, scales } = store.readQuantizedRows(from, 0, n);
      const width = store.quantizedRowBytes(from);
      assert.is(width, dtype === 'q8' ? k : 17 * Math.ceil(k / 32));
      assert.equal([bytes.length, scales.length], [n * width, n]);
      for (let row = 0; row < n; row += 5) {
        const end = Math.min(row + 5, n);
        store.putQuantizedRows(to, row, {
          bytes: bytes.subarray(row * width, end * width),
          scales: scales.subarray(row, end),
        });
      }
      assert.equal(store.readQuantizedRows(to, 0, n), { bytes, scales });
      assert.equal(store.readRows(to, 0, n), store.readRows(from, 0, n));
      assert.equal(store.readQuantizedRows(from, 3, 6).scales, scales.slice(3, 6));
    }
  });
}

test('layers that hold numbers have no quantized rows', () => {
  const store = newStore();
  assert.equal(
    (['f32', 'f16', 'bf16'] as const).map((dtype) => store.quantizedRowBytes(store.reserveLinear(4, 4, dtype))),
    [0, 0, 0],
  );
});

test('vectors that are not given are ones and zeros', async () => {
  const kernels = instantiate(module);
  const backend = wasmBackend(kernels, kernels.memory, singleThread(kernels));
  const w = backend.reserveLinear(3, 2);
  const [x, out] = [backend.alloc(1, 2), backend.alloc(1, 3)];
  backend.commit();
  backend.putRows(w, 0, new Float32Array([1, 0, 0, 1, 1, 1]));
  backend.write(x, new Float32Array([2, 3]));
  const results = [];
  for (const [scale, shift] of [
    [new Float32Array([2, 2, 2]), new Float32Array([1, 1, 1])],
    [null, new Float32Array([1, 2, 3])],
    [new Float32Array([0, 1, 2]), null],
    [null, null],
  ] as const) {
    backend.putVectors(w, scale, shift);
    backend.linear(out, x, w);
    results.push([...(await backend.read(out))]);
  }
  assert.equal(results, [
    [5, 7, 11],
    [3, 5, 8],
    [0, 3, 10],
    [2, 3, 5],
  ]);
});

test('views of rows and columns share the storage', async () => {
  const store = newStore();
  const t = store.alloc(4, 3);
  store.commit();
  store.write(
    t,
    Float32Array.from({ length: 12 }, (_, i) => i),
  );
  assert.equal([...(await store.read(store.rows(t, 1, 3)))], [3, 4, 5, 6, 7, 8]);
  assert.equal([...(await store.read(store.cols(t, 1, 2)))], [1, 4, 7, 10]);
  assert.equal([...(await store.read(store.cols(store.rows(t, 2, 4), 0, 2)))], [6, 7, 9, 10]);
});

test('what is reserved is what is committed, scratch of wide layers included', () => {
  const store = newStore();
  const before = store.reserved;
  store.reserveLinear(1, 1);
  const narrow = store.reserved;
  store.reserveLinear(1, 1 << 20);
  assert.ok(store.reserved - narrow >= 2 * 4 * (1 << 20), 'a row of weights, and scratch for one row');
  assert.ok(narrow - before < 4096);
  assert.is(store.committed, 0);
  store.commit();
  assert.is(store.committed, store.reserved);
});

test('rows have no place where a panel is shared with other rows, or does not fit the scratch buffer', () => {
  const store = newStore();
  const w = store.reserveLinear(64, 64);
  assert.ok(store.placeOfRows(w, 16, 64));
  assert.ok(store.placeOfRows(w, 16, 32));
  assert.is(store.placeOfRows(w, 8, 64), undefined);
  assert.is(store.placeOfRows(w, 16, 40), undefined);
  assert.is(store.placeOfRows(store.reserveLinear(64, 8192), 0, 64), undefined);
});

test('with panels of twelve rows, query, key and value have places where they end with a panel', () => {
  const kernels = instantiate(module);
  const inTwelves = { ...kernels, linear_bytes: (n: number, k: number) => Math.ceil(n / 12) * 12 * 4 * k };
  const store = new WasmStore(inTwelves, kernels.memory, singleThread(kernels));
  for (const [dim, expected] of [
    [64, [false, false, false]],
    [256, [false, false, false]],
    [1024, [false, false, false]],
    [768, [true, true, true]],
  ] as const) {
    const w = store.reserveLinear(3 * dim, dim);
    const found = [0, 1, 2].map((part) => store.placeOfRows(w, part * dim, (part + 1) * dim) !== undefined);
    assert.equal(found, expected, `${dim}`);
    assert.ok(store.placeOfRows(w, 0, 3 * dim));
  }
});

test('what was reserved behind a mark is taken again', () => {
  const store = newStore();
  store.reserveLinear(8, 8);
  const mark = store.mark();
  const first = store.alloc(10, 10);
  store.reset(mark);
  assert.is(store.alloc(1, 1).at, first.at);
});

test('a layer beyond 32 bits is not taken for a small one', async () => {
  for (const dtype of ['f32', 'f16', 'bf16', 'q8', 'q4'] as const) {
    const store = newStore();
    store.reserveLinear(1 << 17, 1 << 17, dtype);
    assert.ok(store.reserved >= 2 ** 33, `${dtype}: ${store.reserved}`);
    await refused(() => store.commit(), 'OutOfMemory', /4294967296 bytes available/);
  }
});

test('after memory was refused, the weights are still there and can be read', async () => {
  const store = newStore();
  const w = store.reserveLinear(9, 9);
  store.commit();
  store.putRows(w, 0, randomFloats(81, 2));
  const { committed } = store;
  const mark = store.mark();
  store.alloc(1 << 16, 1 << 16);
  store.planAttention(1 << 14, 64);
  await refused(() => store.commit(), 'OutOfMemory');
  store.reset(mark);
  assert.is(store.committed, committed);
  assert.equal(store.readRows(w, 0, 9), randomFloats(81, 2));
});

test.run();
