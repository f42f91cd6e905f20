import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { quantizedRowBytes } from '../../../src/dtype.ts';
import { openQuantizer } from '../../../src/engine/openQuantizer.ts';
import { randomFloats } from '../../reference/linear.ts';
import { quantizeWeights } from '../../reference/quantize.ts';
import { quantizeWeights4 } from '../../reference/quantize4.ts';

const test = suite('engine/openQuantizer');

for (const [dtype, reference] of [
  ['q8', quantizeWeights],
  ['q4', quantizeWeights4],
] as const) {
  test(`${dtype}: rows become the integers of the plain loops, and numbers again`, async () => {
    const quantizer = await openQuantizer(dtype);
    for (const [n, k] of [
      [1, 1],
      [5, 33],
      [3, 300],
    ]) {
      const rows = randomFloats(n * k, n + k);
      const quantized = quantizer.quantize(rows, k);
      assert.is(quantized.bytes.length, n * quantizedRowBytes(dtype, k));
      const found = quantizer.dequantize(quantized, k);
      for (let row = 0; row < n; row++) {
        const { q, scale } = reference(rows.subarray(row * k, (row + 1) * k));
        const expected = Float32Array.from(q, (value) => Math.fround(value * scale));
        assert.is(quantized.scales[row], scale);
        assert.equal(found.slice(row * k, (row + 1) * k), expected);
      }
    }
  });
}

test.run();
