import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend, Kinds } from '../../../../../../src/backend.ts';
import type { Grid } from '../../../../../../src/interpolate.ts';
import { BeitConfig } from '../../../../../../src/model/beit/config/config.ts';
import {
  decodeHeadParams,
  decodeHeadState,
  runDecodeHead,
} from '../../../../../../src/model/beit/heads/segmentation/decodeHead.ts';
import {
  allocBordered,
  channels,
  type Map2d,
  scaled,
} from '../../../../../../src/model/beit/heads/segmentation/featureMaps.ts';
import {
  double,
  pyramidParams,
  quadruple,
} from '../../../../../../src/model/beit/heads/segmentation/featurePyramid.ts';
import { Parameters } from '../../../../../../src/model/beit/params/parameters.ts';
import { ReferenceBackend } from '../../../../../reference/backend.ts';
import { fillSlots, planesOf, randomMap } from './fillSlots.ts';

const test = suite('model/beit/heads/segmentation/decodeHead');
const DIM = 2;
const LABELS = 3;

function headOf(poolScales: number[]) {
  const backend: Backend<Kinds> = new ReferenceBackend();
  const config = new BeitConfig({ hiddenSize: DIM, numAttentionHeads: 1, numLabels: LABELS, poolScales });
  const p = new Parameters<Kinds>(backend, 'f32');
  const [pyramid, head] = [pyramidParams(p, DIM), decodeHeadParams(p, config)];
  fillSlots(p);
  return { backend, config, pyramid, head };
}

/** UPerNet as its paper draws it, every result in memory of its own. */
function upernet(
  { backend: ops, config, pyramid, head }: ReturnType<typeof headOf>,
  features: Map2d[],
  grid: Grid,
): Map2d {
  const fresh = (size: Grid, cols = DIM) => allocBordered(ops, { height: size.height, width: size.width }, cols);
  const resized = (x: Map2d, size: Grid) => {
    const out = fresh(size);
    ops.resizeBilinear(out, x);
    return out;
  };
  const pointwise = (x: Map2d, w: Kinds['linear']) => {
    const out = fresh(x);
    ops.conv1x1(out, x, w, 'relu');
    return out;
  };
  const convolved = (x: Map2d, w: Kinds['linear']) => {
    const out = fresh(x);
    ops.clearBorder(x);
    ops.conv3x3(out, x, w, 'relu');
    return out;
  };
  const joined = (maps: Map2d[]) => {
    const out = fresh(maps[0], maps.length * DIM);
    for (const [i, map] of maps.entries()) ops.copyMap(channels(ops, out, i * DIM, (i + 1) * DIM), map);
    return out;
  };
  const [f1, f2, half] = [
    fresh(scaled(grid, 4)),
    fresh(scaled(grid, 2)),
    { height: grid.height >> 1, width: grid.width >> 1 },
  ];
  quadruple(ops, pyramid, f1, fresh(scaled(grid, 2)), features[0]);
  double(ops, pyramid, f2, features[1]);
  const f4 = fresh(half);
  ops.maxPool(f4, features[3]);

  const pooled = config.poolScales.map((s, i) => {
    const mean = fresh({ height: s, width: s });
    ops.averagePool(mean, f4);
    return resized(pointwise(mean, head.pools[i]), half);
  });
  const laterals = [f1, f2, features[2]].map((f, i) => pointwise(f, head.laterals[i]));
  laterals.push(convolved(joined([f4, ...pooled]), head.bottleneck));
  for (let i = 3; i > 0; i--) ops.resizeBilinear(laterals[i - 1], laterals[i], 'add');
  const levels = [...head.fpnConvs.map((w, i) => convolved(laterals[i], w)), laterals[3]];
  const fused = convolved(joined(levels.map((level) => resized(level, f1))), head.fpnBottleneck);
  const scores = fresh(f1, LABELS);
  ops.conv1x1(scores, fused, head.classifier);
  return scores;
}

for (const [height, width, poolScales] of [
  [3, 5, [1, 2, 3, 6]],
  [2, 2, [1]],
  [4, 6, [2, 1]],
] as const) {
  test(`${height} × ${width} patches, pools ${poolScales}: the buffers used twice change nothing, image after image`, async () => {
    const parts = headOf([...poolScales]);
    const { backend, config, pyramid, head } = parts;
    const grid = { height, width };
    const state = decodeHeadState(backend, config, grid);
    assert.equal([state.scores.height, state.scores.width], [4 * height, 4 * width]);
    for (const image of [0, 1]) {
      const features = [1, 2, 3, 4].map((i) => randomMap(backend, grid, DIM, 10 * image + i));
      runDecodeHead(backend, pyramid, head, state, features, DIM);
      const found = await planesOf(backend, state.scores, LABELS);
      const expected = await planesOf(backend, upernet(parts, features, grid), LABELS);
      assert.equal(found, expected);
      assert.ok(new Set(found[0]).size > height * width && found.flat().every(Number.isFinite));
    }
  });
}

test.run();
