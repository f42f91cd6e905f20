import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionCase, attention } from '../../reference/attention.ts';
import { type Core, loadCores, loadFusedCores } from '../core.ts';
import { largestDifference, noise, put, reserve, runRanges } from '../matrix.ts';
import { attentionCase, CASES, describe, placeExtras } from './attentionCases.ts';

const test = suite('core-as/attention/attention_f32');
const cores = loadCores();
const fusedCores = loadFusedCores();

function run(core: Core, qkv: number[][], shape: AttentionCase, cut?: number): number[][] {
  core.reset();
  const { tokens, heads, headDim, grid } = shape;
  const images = qkv.length / tokens;
  const [input, out] = [put(core, qkv, 5), reserve(core, qkv.length, heads * headDim, 3)];
  const { bias, headMask, scratch, scratchBytes } = placeExtras(core, shape);
  const units = core.kernels.attention_units(images, heads, tokens);
  const cuts = cut === undefined ? [0, units] : [0, Math.min(cut, units), units];
  const kernel = (begin: number, end: number) =>
    core.kernels.attention(
      begin,
      end,
      out.pointer,
      out.stride,
      input.pointer,
      input.stride,
      tokens,
      heads,
      headDim,
      bias,
      grid.height,
      grid.width,
      headMask,
      scratch,
    );
  return runRanges(core, out, cuts, kernel, [[scratch, scratchBytes]]);
}

/** qkv of several images with scores of a few units, so that the softmax is neither flat nor one-hot. */
function inputs({ tokens, heads, headDim }: AttentionCase, images: number): number[][] {
  return noise(images * tokens, 3 * heads * headDim, tokens).map((row) => row.map((value) => Math.fround(2 * value)));
}

test('any head size, any grid, bias and mask or none, two images', () => {
  for (const shape of CASES) {
    const qkv = inputs(shape, 2);
    const expected = [0, 1].flatMap((b) => attention(qkv.slice(b * shape.tokens, (b + 1) * shape.tokens), shape));
    for (const core of [...cores, ...fusedCores]) {
      const error = largestDifference(run(core, qkv, shape), expected);
      assert.ok(error < 2e-6, `${core.name}, ${describe(shape)}: ${error}`);
    }
  }
});

test('the bits do not depend on the split, nor on the build', () => {
  for (const shape of [attentionCase({ height: 6, width: 11 }, 3, 10), CASES[1]]) {
    const qkv = inputs(shape, 2);
    const whole = run(cores[0], qkv, shape);
    for (const core of cores) for (const cut of [1, 2, 5]) assert.equal(run(core, qkv, shape, cut), whole);
  }
});

test('scores of hundreds do not overflow, a NaN stays in its image and head', () => {
  const shape = attentionCase({ height: 3, width: 3 }, 2, 8);
  const large = inputs(shape, 1).map((row) => row.map((value) => 30 * value));
  for (const core of cores) {
    assert.ok(largestDifference(run(core, large, shape), attention(large, shape)) < 1e-3);
    const broken = inputs(shape, 2);
    broken[4][8] = NaN; // a query of head 1 of image 0
    const got = run(core, broken, shape);
    got.forEach((row, i) => {
      assert.equal(
        row.map(Number.isNaN),
        row.map((_, c) => i === 4 && c >= 8),
        `row ${i}`,
      );
    });
  }
});

test.run();
