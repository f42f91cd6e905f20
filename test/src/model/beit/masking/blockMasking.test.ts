import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BlockMasking } from '../../../../../src/model/beit/masking/blockMasking.ts';
import { drawBlock } from '../../../../../src/model/beit/masking/drawBlock.ts';
import { Random } from '../../../../../src/model/beit/random.ts';
import { refused } from '../../../refused.ts';

const test = suite('model/beit/blockMasking');
const SIDE = 14;
const DRAWS = 10_000;
const paper = { height: SIDE, width: SIDE, numMaskingPatches: 75, minNumPatches: 16 };

/** Of 100,000 masks in Python: fixtures/make/block_masking_statistics.py says what each number is. */
interface Statistics {
  readonly draws: number;
  readonly counts: Record<string, number>;
  readonly positions: number[];
  readonly across: number;
  readonly down: number;
  readonly blocks: Record<string, number>;
}
const reference: Statistics = JSON.parse(readFileSync('fixtures/block_masking.json', 'utf8'));

function statistics(options: typeof paper): Statistics {
  const masking = new BlockMasking({ ...options, seed: 11 });
  const counts: Record<string, number> = {};
  const positions = new Array<number>(SIDE * SIDE).fill(0);
  let across = 0;
  let down = 0;
  for (let i = 0; i < DRAWS; i++) {
    const { data } = masking.next();
    for (let cell = 0; cell < data.length; cell++) {
      positions[cell] += data[cell];
      if (cell % SIDE !== 0) across += data[cell] & data[cell - 1];
      if (cell >= SIDE) down += data[cell] & data[cell - SIDE];
    }
    const count = data.reduce((a, b) => a + b);
    counts[count] = (counts[count] ?? 0) + 1;
  }
  return { draws: DRAWS, counts, positions, across, down, blocks: firstBlocks() };
}

/** Sizes of the first block of a mask: the first that is smaller than the grid, of up to ten. */
function firstBlocks(): Record<string, number> {
  const random = new Random(12);
  const blocks: Record<string, number> = {};
  for (let i = 0; i < DRAWS; i++) {
    for (let tries = 0; tries < 10; tries++) {
      const { height, width } = drawBlock(random, { minNumPatches: 16, minAspect: 0.3, maxAspect: 1 / 0.3 }, 75);
      if (height >= SIDE || width >= SIDE || height * width > 75) continue;
      blocks[`${height}x${width}`] = (blocks[`${height}x${width}`] ?? 0) + 1;
      break;
    }
  }
  return blocks;
}

/** How many deviations two shares of events lie apart, each estimated from its own draws. */
function deviations(ours: number, oursOf: number, theirs: number, theirsOf: number): number {
  const share = (ours + theirs) / (oursOf + theirsOf);
  const variance = share * (1 - share) * (1 / oursOf + 1 / theirsOf);
  return variance === 0 ? 0 : Math.abs(ours / oursOf - theirs / theirsOf) / Math.sqrt(variance);
}

/** The most deviations any count of a histogram is off; events too rare for that measure are counted together. */
function worstOf(ours: Record<string, number>, theirs: Record<string, number>): number {
  const pooled = (histogram: Record<string, number>) => {
    const sums: Record<string, number> = {};
    for (const [key, count] of Object.entries(histogram)) {
      const name = (theirs[key] ?? 0) < 100 ? 'rare' : key;
      sums[name] = (sums[name] ?? 0) + count;
    }
    return sums;
  };
  const [a, b] = [pooled(ours), pooled(theirs)];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Math.max(...[...keys].map((k) => deviations(a[k] ?? 0, DRAWS, b[k] ?? 0, reference.draws)));
}

function differences(ours: Statistics): Record<string, number> {
  const positions = ours.positions.map((n, i) => deviations(n, DRAWS, reference.positions[i], reference.draws));
  // pairs of one mask are not independent: the mean of a mask varies by about 7 pairs
  const pairs = (a: number, b: number) => Math.abs(a / DRAWS - b / reference.draws) / (7 * Math.sqrt(1.1 / DRAWS));
  return {
    counts: worstOf(ours.counts, reference.counts),
    positions: Math.max(...positions),
    across: pairs(ours.across, reference.across),
    down: pairs(ours.down, reference.down),
    blocks: worstOf(ours.blocks, reference.blocks),
  };
}

test('10,000 masks look like those of the published algorithm', () => {
  const found = differences(statistics(paper));
  console.log(`deviations: ${JSON.stringify(found)}`);
  for (const [what, deviation] of Object.entries(found)) assert.ok(deviation < 4.5, `${what}: ${deviation}`);
});

test('the comparison tells another smallest block apart', () => {
  const { counts, across } = differences(statistics({ ...paper, minNumPatches: 4 }));
  assert.ok(counts > 20 && across > 20);
});

test('the same seed gives the same masks, another seed others', () => {
  const masks = (seed: number) => new BlockMasking({ ...paper, seed }).batch(5).data;
  assert.equal(masks(3), masks(3));
  assert.not.equal(masks(3), masks(4));
});

test('a batch is the masks one after the other, flattened', () => {
  const batch = new BlockMasking({ ...paper, seed: 5 }).batch(3);
  const single = new BlockMasking({ ...paper, seed: 5 });
  assert.equal(batch.dims, [3, SIDE * SIDE]);
  for (let b = 0; b < 3; b++) {
    assert.equal(batch.data.subarray(b * 196, (b + 1) * 196), single.next().data);
  }
});

test('exact gives exactly the wanted count', () => {
  for (const wanted of [0, 1, 75, 196]) {
    const masking = new BlockMasking({ ...paper, numMaskingPatches: wanted, exact: true, seed: wanted });
    for (let i = 0; i < 50; i++)
      assert.is(
        masking.next().data.reduce((a, b) => a + b, 0),
        wanted,
      );
  }
});

test('no mask exceeds its count, and none hangs on a grid of one patch', () => {
  const masking = new BlockMasking({ height: 5, width: 9, numMaskingPatches: 20, maxNumPatches: 6, seed: 1 });
  for (let i = 0; i < 200; i++) assert.ok(masking.next().data.reduce((a, b) => a + b) <= 20);
  const single = new BlockMasking({ height: 1, width: 1, numMaskingPatches: 1 });
  assert.equal([...single.next().data], [0]);
});

test('refuses what cannot be', async () => {
  const impossible = [
    { height: 14, width: 0 },
    { height: 4, width: 4 },
    { ...paper, minAspect: 0 },
    { ...paper, minAspect: 2, maxAspect: 1 },
    { ...paper, minNumPatches: 1.5 },
    { height: 1e6, width: 1e6 },
    { ...paper, seed: Number.NaN },
    { ...paper, seed: 1n as never },
  ];
  for (const options of impossible) await refused(() => new BlockMasking(options), 'InvalidArgument');
  const masking = new BlockMasking(paper);
  for (const images of [-1, 1.5, 1e12, Number.NaN, undefined as never]) {
    await refused(() => masking.batch(images), 'InvalidArgument', /expected a number of images/);
  }
});

test.run();
