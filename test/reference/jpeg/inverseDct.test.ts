import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noise } from '../../src/image/noise.ts';
import { inverseDct } from './inverseDct.ts';

const test = suite('reference/jpeg/inverseDct');

/** ¼ Σ C(u) C(v) F(u, v) cos((2x+1)uπ/16) cos((2y+1)vπ/16) + 128, C(0) = 1/√2, in double precision. */
function exactSample(coefficients: ArrayLike<number>, x: number, y: number): number {
  let sum = 0;
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      const scale = (u === 0 ? Math.SQRT1_2 : 1) * (v === 0 ? Math.SQRT1_2 : 1);
      const wave = Math.cos(((2 * x + 1) * u * Math.PI) / 16) * Math.cos(((2 * y + 1) * v * Math.PI) / 16);
      sum += scale * coefficients[8 * v + u] * wave;
    }
  }
  return Math.min(Math.max(sum / 4 + 128, 0), 255);
}

function samples(coefficients: Int16Array, quantization: Int32Array): Uint8Array {
  const plane = new Uint8Array(64);
  inverseDct(plane, 0, 8, coefficients, 0, quantization, new Int32Array(64));
  return plane;
}

test('is within one level of the equation', () => {
  const quantization = Int32Array.from(noise(1, 64), (n) => 1 + (n >> 5));
  for (let seed = 2; seed < 60; seed++) {
    const bytes = noise(seed, 128);
    const coefficients = Int16Array.from({ length: 64 }, (_, k) =>
      bytes[64 + k] < 80 ? (bytes[k] - 128) >> (k > 9 ? 3 : 1) : 0,
    );
    const found = samples(coefficients, quantization);
    const scaled = coefficients.map((c, k) => c * quantization[k]);
    for (let i = 0; i < 64; i++) {
      const exact = exactSample(scaled, i & 7, i >> 3);
      assert.ok(Math.abs(found[i] - exact) <= 1, `seed ${seed}, sample ${i}: ${found[i]} for ${exact}`);
    }
  }
});

test('makes a flat block of the first coefficient alone, by either way', () => {
  for (const dc of [-1100, -512, -3, 0, 4, 11, 500, 1100]) {
    const flat = new Int16Array(64);
    flat[0] = dc;
    const expected = Math.min(Math.max(Math.floor((dc + 4) / 8) + 128, 0), 255);
    assert.equal([...samples(flat, new Int32Array(64).fill(1))], Array(64).fill(expected), `dc ${dc}`);
  }
});

test('writes one block of a plane and nothing beside it', () => {
  const plane = new Uint8Array(24 * 8).fill(7);
  inverseDct(plane, 8, 24, new Int16Array(128).fill(40, 64, 65), 64, new Int32Array(64).fill(8), new Int32Array(64));
  for (let i = 0; i < plane.length; i++) assert.is(plane[i], i % 24 >= 8 && i % 24 < 16 ? 168 : 7);
});

test.run();
