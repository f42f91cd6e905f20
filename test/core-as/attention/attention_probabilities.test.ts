import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionCase, probabilities } from '../../reference/attention.ts';
import { type Core, loadCores } from '../core.ts';
import { largestDifference, noise, put, reserve, runRanges } from '../matrix.ts';
import { CASES, describe, placeExtras } from './attentionCases.ts';

const test = suite('core-as/attention/attention_probabilities');
const cores = loadCores();

function run(core: Core, qkv: number[][], shape: AttentionCase, head: number, cuts: number[]): number[][] {
  core.reset();
  const { tokens, heads, headDim, grid } = shape;
  const [input, out] = [put(core, qkv, 1), reserve(core, tokens, tokens, 2)];
  const { bias, headMask, scratch, scratchBytes } = placeExtras(core, shape);
  const kernel = (begin: number, end: number) =>
    core.kernels.attention_probabilities(
      begin,
      end,
      out.pointer,
      out.stride,
      input.pointer,
      input.stride,
      tokens,
      heads,
      headDim,
      head,
      bias,
      grid.height,
      grid.width,
      headMask,
      scratch,
    );
  return runRanges(core, out, cuts, kernel, [[scratch, scratchBytes]]);
}

test('every head, any grid', () => {
  for (const shape of CASES) {
    const { tokens, heads, headDim } = shape;
    const qkv = noise(tokens, 3 * heads * headDim, tokens).map((row) => row.map((value) => Math.fround(2 * value)));
    for (let head = 0; head < heads; head++) {
      const expected = probabilities(qkv, head, shape);
      for (const core of cores) {
        const error = largestDifference(run(core, qkv, shape, head, [0, tokens]), expected);
        assert.ok(error < 1e-6, `${core.name}, ${describe(shape)}, head ${head}: ${error}`);
      }
    }
  }
});

test('the bits do not depend on the split, nor on the build', () => {
  const shape = CASES[5];
  const qkv = noise(shape.tokens, 3 * shape.heads * shape.headDim);
  const whole = run(cores[0], qkv, shape, 1, [0, shape.tokens]);
  for (const core of cores) assert.equal(run(core, qkv, shape, 1, [0, 1, 6, 35, shape.tokens]), whole);
});

test.run();
