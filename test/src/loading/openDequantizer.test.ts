import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { quantizedRowBytes } from '../../../src/dtype.ts';
import { openDequantizer } from '../../../src/loading/openDequantizer.ts';

const test = suite('loading/openDequantizer');

test('q8: bytes are signed, each row has its scale', async () => {
  const dequantize = await openDequantizer('q8');
  const rows = { bytes: Uint8Array.of(1, 2, 255, 129, 0, 127), scales: Float32Array.of(0.5, 2) };
  assert.equal(dequantize(rows, 3), Float32Array.of(0.5, 1, -0.5, -254, 0, 254));
});

test('q4: a factor and 16 levels of it, low codes in front of high ones', async () => {
  const dequantize = await openDequantizer('q4');
  const bytes = new Uint8Array(quantizedRowBytes('q4', 20));
  bytes.set([0xf7, 0x7f, 0x00]); // values 0 … 2 are of codes 7, 15 and 0; 16 … 18 of 15, 7 and 0
  bytes[16] = 64; // the factor: levels are those of the codebook
  const [row] = [dequantize({ bytes, scales: Float32Array.of(0.25) }, 20)];
  assert.equal([...row.slice(0, 3)], [0, 16, -14]);
  assert.equal([...row.slice(16, 19)], [16, 0, -14]);
});

test('after a wide row comes a narrow one, and the other way round', async () => {
  const dequantize = await openDequantizer('q8');
  for (const k of [3, 700, 5]) {
    const rows = { bytes: new Uint8Array(2 * k).fill(3), scales: Float32Array.of(1, 2) };
    const found = dequantize(rows, k);
    assert.equal([found.length, found[0], found[k - 1], found[k], found[2 * k - 1]], [2 * k, 3, 3, 6, 6]);
  }
});

test.run();
