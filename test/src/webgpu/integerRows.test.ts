import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { quantizedRowBytes } from '../../../src/dtype.ts';
import { IntegerRows } from '../../../src/webgpu/integerRows.ts';

const test = suite('webgpu/integerRows');

/** Bytes that differ from their neighbors in rows and columns. */
function savedRows(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 37 + 11) % 251);
}

for (const dtype of ['q8', 'q4'] as const) {
  test(`${dtype}: rows come back from where they were stored, in parts of any size`, () => {
    for (const k of [1, 15, 16, 33, 64, 129, 300]) {
      const [n, width] = [7, quantizedRowBytes(dtype, k)];
      const rows = new IntegerRows(dtype, n, k);
      const memory = new Uint8Array(rows.bytes);
      const saved = savedRows(n * width);
      for (let begin = 0; begin < n; begin += 2) {
        const part = saved.subarray(begin * width, Math.min(n, begin + 2) * width);
        for (const [at, bytes] of rows.stored(begin, part)) memory.set(bytes, at);
      }
      const found = rows.places(1, 6).map(([at, size]) => memory.slice(at, at + size));
      assert.equal(rows.saved(found), saved.subarray(width, 6 * width), `k ${k}`);
    }
  });

  test(`${dtype}: whole words are written to whole words, and all bytes are whole vectors`, () => {
    for (const k of [1, 33, 300]) {
      const rows = new IntegerRows(dtype, 5, k);
      assert.is(rows.bytes % 16, 0);
      for (const [at, part] of rows.stored(3, savedRows(2 * quantizedRowBytes(dtype, k)))) {
        assert.equal([at % 4, part.length % 4], [0, 0]);
        assert.ok(at + part.length <= rows.bytes);
      }
    }
  });
}

test('the values of q8 are filled up with zeros, and those of q4 are followed by all block scales', () => {
  const [[at, bytes]] = new IntegerRows('q8', 2, 3).stored(1, Uint8Array.of(1, 2, 3));
  assert.is(at, 16);
  assert.equal([...bytes], [1, 2, 3, ...Array(13).fill(0)]);
  const saved = Uint8Array.from({ length: 34 }, (_, i) => i); // two blocks: codes 0 … 15, scale 16; codes 17 … 32, scale 33
  const [[, codes], [scalesAt, scales]] = new IntegerRows('q4', 2, 64).stored(0, saved);
  assert.equal([codes[15], codes[16], codes[31]], [15, 17, 32]);
  assert.is(scalesAt, 64);
  assert.equal([...scales], [16, 33, 0, 0]);
});

test.run();
