import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { finiteDifferences } from '../../reference/gradients.ts';
import { loadTrainCores } from '../core.ts';
import { mapArea, pixelNoise, placed, placeMap, readMap, referenceMap } from '../maps/maps.ts';
import { largestDifference, noise } from '../matrix.ts';

const test = suite('core-as/grad/maps_backward');
const cores = loadTrainCores();

type Size = readonly [height: number, width: number];
type Op = 'maxPool' | 'averagePool' | 'resizeBilinear';

interface Case {
  readonly op: Op;
  readonly from: Size;
  readonly to: Size;
  readonly cols: number;
  readonly aligned?: boolean;
}

const halved = ([height, width]: Size): Size => [height >> 1, width >> 1];
const CASES: readonly Case[] = [
  ...([[2, 2], [5, 7], [4, 6], [3, 9]] as const).map((from): Case => ({ op: 'maxPool', from, to: halved(from), cols: 5 })), // biome-ignore format: one line
  ...([[1, 1], [2, 2], [3, 3], [6, 6]] as const).map((to): Case => ({ op: 'averagePool', from: [5, 7], to, cols: 3 })), // biome-ignore format: one line
  { op: 'averagePool', from: [2, 3], to: [6, 6], cols: 9 },
  ...([[1, 1], [3, 7], [6, 8], [5, 4], [13, 9]] as const).flatMap((to): Case[] =>
    [false, true].map((aligned) => ({ op: 'resizeBilinear', from: [3, 4], to, cols: 6, aligned }))), // biome-ignore format: one line
];

/** The gradient of Σ dy ⊙ op(x), by finite differences of the op in f64. */
function expectedGradient({ op, from, to, aligned }: Case, x: number[][], dy: number[][]): number[][] {
  const forward = (pixels: number[][]) =>
    referenceMap(pixels, from, to, (b, out, map) => {
      if (op === 'resizeBilinear') b.resizeBilinear(out, map, 'store', aligned);
      else b[op](out, map);
    });
  return finiteDifferences(forward, x, dy, 1e-3);
}

for (const { op, from, to, cols, aligned = false } of CASES)
  test(`${op} ${from} → ${to}${aligned ? ', corners aligned' : ''}`, () => {
    const [x, dy, before] = [
      pixelNoise(...from, cols),
      noise(to[0] * to[1], cols, 3),
      noise(from[0] * from[1], cols, 8),
    ];
    const expected = expectedGradient({ op, from, to, cols, aligned }, x, dy).map((row, i) =>
      row.map((v, c) => v + before[i][c]),
    );
    for (const core of cores)
      for (const loose of [false, true]) {
        core.reset();
        const [xs, d] = [placeMap(core, x, ...from, loose), placeMap(core, dy, ...to, loose)];
        const out = placeMap(core, before, ...from, loose);
        const sizes = [...to, ...from, cols] as const;
        const run = (begin: number, end: number) => {
          const { kernels } = core;
          if (op === 'maxPool') {
            kernels.max_pool_backward(begin, end, ...placed(out), ...placed(d), ...placed(xs), to[1], cols);
          } else if (op === 'averagePool') {
            kernels.adaptive_avg_pool_backward(begin, end, ...placed(out), ...placed(d), ...sizes);
          } else kernels.resize_bilinear_backward(begin, end, ...placed(out), ...placed(d), ...sizes, Number(aligned));
        };
        const extent = op === 'maxPool' ? to[0] : from[0];
        core.writesOnly(mapArea(out), () => {
          run(0, extent >> 1);
          run(extent >> 1, extent);
        });
        const distance = largestDifference(readMap(core, out), expected);
        assert.ok(distance < 3e-6, `${core.name}: ${distance}`);
      }
  });

test('of equal pixels the first has the gradient of a pooling', () => {
  for (const core of cores) {
    core.reset();
    const [x, d] = [placeMap(core, [[2], [2], [1], [2]], 2, 2, false), placeMap(core, [[5]], 1, 1, false)];
    const out = placeMap(core, [[0], [0], [0], [0]], 2, 2, false);
    core.kernels.max_pool_backward(0, 1, ...placed(out), ...placed(d), ...placed(x), 1, 1);
    assert.equal(readMap(core, out), [[5], [0], [0], [0]]);
  }
});

test.run();
