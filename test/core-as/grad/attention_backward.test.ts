import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nativeTable } from '../../../src/train/model/tableGradients.ts';
import { layOutRelativeBias } from '../../../src/wasm/relativeBias.ts';
import { type AttentionCase, attention } from '../../reference/attention.ts';
import { finiteDifferences } from '../../reference/gradients.ts';
import { attentionCase, describe } from '../attention/attentionCases.ts';
import { loadTrainCores } from '../core.ts';
import { area, get, largestDifference, noise, put, reserve } from '../matrix.ts';

const test = suite('core-as/grad/attention_backward');
const cores = loadTrainCores();
type TrainCore = (typeof cores)[number];

const CASES: AttentionCase[] = [
  attentionCase({ height: 1, width: 1 }, 1, 6),
  attentionCase({ height: 2, width: 3 }, 3, 10),
  attentionCase({ height: 3, width: 2 }, 2, 8),
  attentionCase({ height: 1, width: 7 }, 2, 1),
  attentionCase({ height: 5, width: 1 }, 1, 17),
  { ...attentionCase({ height: 3, width: 3 }, 2, 5), table: undefined },
  { tokens: 1, heads: 2, headDim: 6, grid: { height: 0, width: 0 } },
];
/** More queries than go through at once. */
const LARGE = attentionCase({ height: 6, width: 6 }, 1, 3);

interface Gradients {
  readonly dqkv: number[][];
  readonly dTable: Float32Array | null;
}

function run(core: TrainCore, qkv: number[][], dOut: number[][], shape: AttentionCase, cut?: number): Gradients {
  core.reset();
  const { tokens, heads, headDim, grid, table } = shape;
  const images = qkv.length / tokens;
  const [x, d, out] = [put(core, qkv, 5), put(core, dOut, 2), reserve(core, qkv.length, 3 * heads * headDim, 3)];
  const bias = table ? core.place(layOutRelativeBias(Float32Array.from(table.flat()), heads, grid)) : 0;
  const distances = table ? table.length : 1;
  const tables = core.alloc(4 * images * heads * distances);
  const bytes = core.kernels.attention_backward_scratch(tokens, headDim);
  const scratch = core.alloc(bytes);
  const units = images * heads;
  const cuts = cut === undefined ? [0, units] : [0, Math.min(cut, units), units];
  core.writesOnly([...area(out), [tables, 4 * units * distances], [scratch, bytes]], () => {
    for (let i = 1; i < cuts.length; i++)
      core.kernels.attention_backward(cuts[i - 1], cuts[i], out.pointer, out.stride, x.pointer, x.stride, d.pointer, d.stride, tokens, heads, headDim, bias, grid.height, grid.width, table ? tables : 0, 0, 0, 0, scratch); // biome-ignore format: one call
  });
  const perImage = Array.from({ length: images }, (_, b) =>
    core.floats(tables + 4 * b * heads * distances, heads * distances),
  );
  return { dqkv: get(core, out), dTable: table ? nativeTable(perImage, heads, grid, grid) : null };
}

const inputs = ({ tokens, heads, headDim }: AttentionCase, images: number) => ({
  qkv: noise(images * tokens, 3 * heads * headDim, tokens).map((row) => row.map((v) => Math.fround(2 * v))),
  dOut: noise(images * tokens, heads * headDim, tokens + 3),
});

test('finite differences of the f64 reference: qkv and table, two images', () => {
  for (const shape of CASES) {
    const { qkv, dOut } = inputs(shape, 2);
    const { tokens } = shape;
    const ofImage = (rows: number[][], b: number) => rows.slice(b * tokens, (b + 1) * tokens);
    const expected = [0, 1].flatMap((b) =>
      finiteDifferences((x) => attention(x, shape), ofImage(qkv, b), ofImage(dOut, b)),
    );
    const both = (table: number[][]) => [0, 1].flatMap((b) => attention(ofImage(qkv, b), { ...shape, table }));
    const expectedTable = shape.table && finiteDifferences(both, shape.table, dOut);
    for (const core of cores) {
      const { dqkv, dTable } = run(core, qkv, dOut, shape);
      const error = largestDifference(dqkv, expected);
      assert.ok(error < 1e-5, `${core.name}, ${describe(shape)}: ${error}`);
      if (!expectedTable) continue;
      const ofTable = largestDifference([[...dTable!]], [expectedTable.flat()]);
      assert.ok(ofTable < 1e-5, `${core.name}, ${describe(shape)}, table: ${ofTable}`);
    }
  }
});

test('several blocks of queries', () => {
  const { qkv, dOut } = inputs(LARGE, 1);
  const expected = finiteDifferences((x) => attention(x, LARGE), qkv, dOut);
  for (const core of cores) assert.ok(largestDifference(run(core, qkv, dOut, LARGE).dqkv, expected) < 1e-5, core.name);
});

test('the bits do not depend on the split, nor on the build', () => {
  const shape = attentionCase({ height: 5, width: 7 }, 3, 10);
  const { qkv, dOut } = inputs(shape, 2);
  const whole = run(cores[0], qkv, dOut, shape);
  for (const core of cores) for (const cut of [1, 2, 5]) assert.equal(run(core, qkv, dOut, shape, cut), whole);
});

test.run();
