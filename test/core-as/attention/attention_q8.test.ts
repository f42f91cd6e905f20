import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionCase, attention } from '../../reference/attention.ts';
import { attentionQuantized } from '../../reference/attentionQuantized.ts';
import { type Core, loadCores } from '../core.ts';
import { largestDifference, noise, put, reserve, runRanges } from '../matrix.ts';
import { attentionCase, CASES, describe, placeExtras } from './attentionCases.ts';

const test = suite('core-as/attention/attention_q8');
const cores = loadCores();

function run(core: Core, qkv: number[][], shape: AttentionCase, cut?: number): number[][] {
  core.reset();
  const { tokens, heads, headDim, grid } = shape;
  const images = qkv.length / tokens;
  const [input, out] = [put(core, qkv, 5), reserve(core, qkv.length, heads * headDim, 3)];
  const { bias, headMask } = placeExtras(core, shape);
  const scratchBytes = core.kernels.attention_scratch_q8(tokens, headDim);
  const scratch = core.alloc(scratchBytes);
  const units = core.kernels.attention_units_q8(images, heads, tokens);
  const cuts = cut === undefined ? [0, units] : [0, Math.min(cut, units), units];
  const [sizes, extras] = [
    [tokens, heads, headDim],
    [bias, grid.height, grid.width, headMask, scratch],
  ] as const;
  const kernel = (begin: number, end: number) =>
    core.kernels.attention_q8(begin, end, out.pointer, out.stride, input.pointer, input.stride, ...sizes, ...extras);
  return runRanges(core, out, cuts, kernel, [[scratch, scratchBytes]]);
}

/** qkv of several images, with scores of a few units and columns far from 0. */
function inputs({ tokens, heads, headDim }: AttentionCase, images: number): number[][] {
  return noise(images * tokens, 3 * heads * headDim, tokens).map((row) =>
    row.map((value, c) => Math.fround(2 * value + (c % 11 === 3 ? 8 : 0))),
  );
}

test('equals the plain integer reference bit for bit: any head size, grid, bias and mask, two images', () => {
  for (const shape of CASES) {
    const qkv = inputs(shape, 2);
    const expected = [0, 1].flatMap((b) => {
      return attentionQuantized(qkv.slice(b * shape.tokens, (b + 1) * shape.tokens), shape);
    });
    for (const core of cores) {
      assert.is(largestDifference(run(core, qkv, shape), expected), 0, `${core.name}, ${describe(shape)}`);
    }
  }
});

test('the bits do not depend on the split', () => {
  for (const shape of [attentionCase({ height: 6, width: 11 }, 3, 10), CASES[1]]) {
    const qkv = inputs(shape, 2);
    const whole = run(cores[0], qkv, shape);
    for (const core of cores) for (const cut of [1, 2, 5]) assert.equal(run(core, qkv, shape, cut), whole);
  }
});

test('stays near attention in f64', () => {
  const shape = attentionCase({ height: 14, width: 14 }, 2, 64);
  const qkv = inputs(shape, 1);
  const [got, expected] = [run(cores[0], qkv, shape).flat(), attention(qkv, shape).flat()];
  const energy = got.reduce((sum, value, i) => sum + (value - expected[i]) ** 2, 0);
  const error = Math.sqrt(energy / got.length); // of values in −2 … 2 and 6 … 10
  assert.ok(error < 0.02 && error > 1e-4, `root mean square ${error}`);
});

test('equal scores average, a score far above the rest selects, constant values come back', () => {
  const shape = { ...attentionCase({ height: 3, width: 3 }, 1, 8), table: undefined };
  const value = (t: number) => [t, 1, -t, 0, 5 * t, 2, 3, 4];
  const flat = Array.from({ length: 10 }, (_, t) => [...Array(8).fill(0), ...Array(8).fill(1), ...value(t)]);
  const last = flat.map((row, t) => [...Array(8).fill(20), ...Array(8).fill(t === 9 ? 9 : 0), ...row.slice(16)]);
  for (const core of cores) {
    assert.ok(largestDifference(run(core, flat, shape), Array(10).fill(value(4.5))) < 1e-4, core.name);
    assert.ok(largestDifference(run(core, last, shape), Array(10).fill(value(9))) < 1e-4, core.name);
  }
});

test('a NaN of a query stays in its row and head; of a key in its head, of a value in its column', () => {
  const shape = attentionCase({ height: 3, width: 3 }, 2, 8);
  const places: [number, (row: number, col: number) => boolean][] = [
    [8, (i, c) => i === 4 && c >= 8], // a query of head 1
    [16 + 8, (i, c) => i < 10 && c >= 8],
    [32 + 9, (i, c) => i < 10 && c === 9],
  ];
  for (const core of cores) {
    for (const [column, lost] of places) {
      const broken = inputs(shape, 2);
      broken[4][column] = NaN;
      const got = run(core, broken, shape);
      got.forEach((row, i) => {
        assert.equal(
          row.map(Number.isNaN),
          row.map((_, c) => lost(i, c)),
          `${core.name}, column ${column}, row ${i}`,
        );
      });
    }
  }
});

test.run();
