import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linearF32, randomFloats } from '../../reference/linear.ts';
import { allF16, roundToBF16, roundToF16 } from '../../reference/narrow.ts';
import { loadCores } from '../core.ts';
import { packLayer, runLayer, unpackLayer } from './layer.ts';

const test = suite('core-as/gemm/linear_f16');
const cores = loadCores();
const ROUND = { f16: roundToF16, bf16: roundToBF16 };

/** Equal bits, any NaN standing for any other. */
function assertSame(got: Float32Array, expected: Float32Array, what: string) {
  for (let i = 0; i < expected.length; i++)
    assert.ok(Object.is(got[i], expected[i]), `${what} ${i}: ${got[i]}, expected ${expected[i]}`);
}

/** Floats of every magnitude and both signs, among them ties, subnormals, infinities and NaN. */
function hardFloats(): Float32Array {
  const bits = Uint32Array.from({ length: 65521 }, (_, i) => Math.imul(i, 65537 * 3 + 2) >>> 0);
  const ties = [0x3f800800, 0x3f801800, 0x3f808000, 0x3f818000, 0x477fefff, 0x477ff000, 0x7f7fffff, 0x7f800001];
  const small = [0x33000000, 0x33000001, 0x33800000, 0x33c00000, 0x387fe000, 0x387ff000, 0x00008000, 0x00018000, 1];
  return new Float32Array(Uint32Array.from([...bits, ...ties, ...small, 0x7f800000, 0xff800000, 0x80000000]).buffer);
}

test('every f16 is widened exactly', () => {
  const all = allF16();
  for (const core of cores) {
    core.reset();
    assertSame(unpackLayer(packLayer(core, 'f16', all, 256, 256)), all, core.name);
    const layer = packLayer(
      core,
      'f16',
      all.map((value) => (Number.isFinite(value) ? value : 0)),
      65536,
      1,
    );
    const got = runLayer(layer, { x: Float32Array.of(1), m: 1 });
    assertSame(
      got,
      all.map((value) => (Number.isFinite(value) ? value + 0 : 0)),
      core.name,
    );
  }
});

test('packing rounds to nearest, ties to even', () => {
  const values = hardFloats();
  for (const dtype of ['f16', 'bf16'] as const) {
    const expected = values.map(ROUND[dtype]);
    for (const core of cores) {
      core.reset();
      assertSame(unpackLayer(packLayer(core, dtype, values, 1, values.length)), expected, `${core.name} ${dtype}`);
    }
  }
});

test('computes as f32 with the rounded weights, bit for bit, and any split of the rows', () => {
  for (const [m, n, k] of [
    [1, 1, 1],
    [2, 17, 5],
    [3, 12, 8],
    [197, 21, 30],
    [260, 33, 7],
  ])
    for (const dtype of ['f16', 'bf16'] as const) {
      const [x, w] = [randomFloats(m * k, 1), randomFloats(n * k, 2)];
      const [scale, shift] = [randomFloats(n, 3), randomFloats(n, 4)];
      const expected = linearF32(x, w.map(ROUND[dtype]), m, n, k).map(
        (value, i) => Math.fround(value * scale[i % n]) + shift[i % n],
      );
      for (const core of cores) {
        core.reset();
        const layer = packLayer(core, dtype, w, n, k, [n >> 1, n]);
        assert.equal(runLayer(layer, { x, m, scale, shift }), expected, `${core.name} ${dtype} ${m}×${n}×${k}`);
        assert.equal(runLayer(layer, { x, m, scale, shift, cuts: [0.5, 1], outStride: n + 1 }), expected);
        assert.ok(layer.bytes < (n + 15) * k * 2 + 64);
      }
    }
});

test.run();
