import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ACTIVATIONS } from '../../../src/activations.ts';
import { loadFusedCores } from '../core.ts';
import { type Lane, loadProbes } from '../probe.ts';
import { errorTable } from './errorTable.ts';

const test = suite('core-as/simd/activation');
const probes = await loadProbes();
const [, release] = probes;

/** Measured by test/slow/ulp.ts over 17 million floats each, rounded up. */
const BOUNDS: Partial<Record<Lane, number>> = {
  exp: 1.1,
  expm1: 1.6,
  erf: 1.2,
  gelu: 3,
  gelu_10: 3,
  gelu_new: 2.6,
  gelu_fast: 2.6,
  quick_gelu: 2.6,
  silu: 2.5,
  mish: 3.7,
  tanh: 1.4,
  sigmoid: 2.4,
  selu: 1.9,
  hardswish: 2,
  laplace: 1.6,
  relu: 0,
  relu6: 0,
  relu2: 0.5,
  leaky_relu: 1,
};

test('every function stays within its bound in ulp, from the largest to the smallest float', () => {
  const table = errorTable(release, 65521);
  assert.is(table.length, ACTIVATIONS.length + 3);
  for (const { lane, worst, at } of table) {
    const bound = BOUNDS[lane];
    assert.ok(bound !== undefined && worst <= bound, `${lane}: ${worst} ulp at ${at}, allowed ${bound}`);
  }
});

test('so does every function with fused arithmetic', async () => {
  if (loadFusedCores().length === 0) return;
  const [fused] = await loadProbes(['fused']);
  for (const { lane, worst, at } of errorTable(fused, 65521))
    assert.ok(worst <= BOUNDS[lane]!, `${lane}: ${worst} ulp at ${at}, allowed ${BOUNDS[lane]}`);
});

test('the debug build gives the same bits', () => {
  const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 64);
  const [debug] = probes;
  for (const lane of ['exp', 'erf', 'tanh', ...ACTIVATIONS] as const)
    assert.equal(debug.map(lane, x), release.map(lane, x), lane);
});

/** Of +Infinity, −Infinity, NaN, as torch 2.13 gives them; its gelu(∞) is NaN or ∞ by the length of the array. */
const LIMITS: Record<'exp' | 'erf' | (typeof ACTIVATIONS)[number], readonly number[]> = {
  exp: [Infinity, 0, NaN],
  erf: [1, -1, NaN],
  gelu: [Infinity, NaN, NaN],
  gelu_new: [Infinity, NaN, NaN],
  gelu_fast: [Infinity, NaN, NaN],
  quick_gelu: [Infinity, NaN, NaN],
  gelu_10: [10, NaN, NaN],
  relu: [Infinity, 0, NaN],
  relu2: [Infinity, 0, NaN],
  relu6: [6, 0, NaN],
  leaky_relu: [Infinity, -Infinity, NaN],
  silu: [Infinity, NaN, NaN],
  mish: [Infinity, NaN, NaN],
  tanh: [1, -1, NaN],
  sigmoid: [1, 0, NaN],
  selu: [Infinity, -1.7580993175506592, NaN],
  hardswish: [Infinity, NaN, NaN],
  laplace: [1, 0, NaN],
};

test('infinities and NaN', () => {
  const x = Float32Array.of(Infinity, -Infinity, NaN);
  for (const [lane, limits] of Object.entries(LIMITS)) assert.equal([...release.map(lane as Lane, x)], limits, lane);
});

test('a lane does not depend on its neighbors', () => {
  const x = Float32Array.from({ length: 64 }, (_, i) => (i - 32) / 4);
  for (const kind of ACTIVATIONS) {
    const whole = release.map(kind, x);
    const alone = Array.from(x, (value) => release.map(kind, Float32Array.of(value, NaN, -1e30, 3))[0]);
    assert.equal([...whole], alone, kind);
  }
});

const FIXTURE = '../shared/reference/activations.safetensors';
const compare = existsSync(FIXTURE) ? test : test.skip;
if (!existsSync(FIXTURE)) console.log(`skip: no ${FIXTURE}`);

compare('torch gives the same to 4e-7 of max(1, |x|)', () => {
  const bytes = readFileSync(FIXTURE);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  const tensor = (name: string) => {
    const [begin, end] = header[name].data_offsets.map((offset: number) => offset + 8 + headerLength);
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset + begin, bytes.byteOffset + end));
  };
  const x = tensor('x');
  let compared = 0;
  for (const kind of ACTIVATIONS) {
    if (!header[kind]) continue;
    compared++;
    const got = release.map(kind, x);
    const expected = tensor(kind);
    for (let i = 0; i < x.length; i++)
      assert.ok(Math.abs(got[i] - expected[i]) <= 4e-7 * Math.max(1, Math.abs(x[i])), `${kind}(${x[i]}): ${got[i]}`);
  }
  assert.ok(compared >= 9, `${compared} compared`);
});

test.run();
