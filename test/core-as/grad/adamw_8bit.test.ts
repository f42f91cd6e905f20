import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dynamicCodes } from '../../../src/train/optimizer/dynamicCodes.ts';
import { loadTrainCores } from '../core.ts';
import { noise } from '../matrix.ts';

const test = suite('core-as/grad/adamw_8bit');
const { fround } = Math;
const [SIGNED, UNSIGNED] = [dynamicCodes(true), dynamicCodes(false)];
/** keep, 1 − β₁, β₂, 1 − β₂, step, correction, ε */
const NUMBERS = [0.9995, 0.1, 0.999, 0.001, 0.01, 0.0316, 1e-8].map(fround);

interface State {
  readonly p: Float32Array;
  readonly m: Uint8Array;
  readonly v: Uint8Array;
  readonly mScales: Float32Array;
  readonly vScales: Float32Array;
}

/** One step in plain loops, every operation rounded to f32. */
function reference({ p, m, v, mScales, vScales }: State, g: Float32Array): State {
  const [keep, rise1, beta2, rise2, step, correction, eps] = NUMBERS;
  const means = g.map((x, i) => {
    const old = fround(SIGNED[m[i]] * mScales[i >> 8]);
    return fround(fround(fround(x - old) * rise1) + old);
  });
  const squares = g.map((x, i) => {
    const old = fround(UNSIGNED[v[i]] * vScales[i >> 8]);
    return fround(fround(fround(x * rise2) * x) + fround(old * beta2));
  });
  const most = (values: Float32Array) =>
    mScales.map((_, block) => values.slice(block << 8, (block + 1) << 8).reduce((a, b) => Math.max(a, Math.abs(b)), 0));
  const [mMost, vMost] = [most(means), most(squares)];
  return {
    p: p.map((x, i) => {
      const under = fround(fround(fround(Math.sqrt(squares[i])) / correction) + eps);
      return fround(fround(x * keep) - fround(fround(means[i] * step) / under));
    }),
    m: Uint8Array.from(means, (x, i) => (mMost[i >> 8] > 0 ? nearest(SIGNED, fround(x / mMost[i >> 8])) : 0)),
    v: Uint8Array.from(squares, (x, i) => {
      const code = vMost[i >> 8] > 0 ? nearest(UNSIGNED, fround(x / vMost[i >> 8])) : 0;
      return x > 0 ? Math.max(1, code) : code;
    }),
    mScales: mMost,
    vScales: vMost,
  };
}

/** By looking at all of them. */
function nearest(codes: Float32Array, x: number): number {
  const distances = codes.map((code) => Math.abs(fround(x - code)));
  return distances.indexOf(distances.reduce((a, b) => Math.min(a, b)));
}

test('codes: 256, ascending, of the decades of the paper', () => {
  for (const [codes, least] of [
    [SIGNED, -1],
    [UNSIGNED, 0],
  ] as const) {
    assert.is(codes.length, 256);
    assert.ok(codes.every((code, i) => i === 0 || code > codes[i - 1]));
    assert.is(codes[255], 1);
    assert.ok(codes[0] >= least && codes.includes(0));
  }
  // the finest decade of the signed codes has one code on either side, the coarsest 64
  assert.ok(Math.abs(SIGNED[SIGNED.indexOf(0) + 1] - 5.5e-7) < 1e-12);
  assert.is(SIGNED.filter((code) => code > 0.1).length, 65);
  assert.is(UNSIGNED.filter((code) => code > 0.1).length, 129);
});

test('five steps as plain loops compute them, to the bit, sizes that fill no block, any split of the units', () => {
  for (const core of loadTrainCores())
    for (const size of [1, 5, 255, 256, 257, 1024, 1030, 2100]) {
      core.reset();
      const blocks = Math.ceil(size / 256);
      let state: State = {
        p: Float32Array.from(noise(1, size, 3)[0]),
        m: new Uint8Array(size),
        v: new Uint8Array(size),
        mScales: new Float32Array(blocks),
        vScales: new Float32Array(blocks),
      };
      const [p, m, v, mScales, vScales] = [state.p, state.m, state.v, state.mScales, state.vScales].map(core.place);
      const [signed, unsigned] = [SIGNED, UNSIGNED].map(core.place);
      for (let step = 0; step < 5; step++) {
        // gradients of many sizes, some of them 0, whole blocks of 0 in the second step
        const gradients = Float32Array.from(noise(1, size, step + 9)[0], (x, i) =>
          i % 11 === 0 || (step === 1 && i < 256) ? 0 : x * 10 ** ((i % 7) - 5),
        );
        const g = core.place(gradients);
        state = reference(state, gradients);
        const units = Math.ceil(size / 1024);
        const cut = units >> 1;
        for (const [begin, end] of [[0, cut], [cut, units]])
          core.kernels.adamw_8bit(begin, end, p, g, m, v, mScales, vScales, signed, unsigned, size, ...(NUMBERS as [number, number, number, number, number, number, number])); // biome-ignore format: one call
        const name = `${core.name} ${size}, step ${step}`;
        assert.equal(core.floats(p, size), state.p, name);
        assert.equal(core.bytes(m, size), state.m, name);
        assert.equal(core.bytes(v, size), state.v, name);
        assert.equal(core.floats(mScales, blocks), state.mScales, name);
        assert.equal(core.floats(vScales, blocks), state.vScales, name);
      }
    }
});

test.run();
