import type { Backend, Kinds } from '../../backend.ts';
import type { Grid } from '../../interpolate.ts';
import type { ForwardOps } from '../../model/beit/forward.ts';
import { allocBordered, type Map2d } from '../../model/beit/heads/segmentation/featureMaps.ts';
import type { Parameters } from '../../model/beit/params/parameters.ts';
import {
  type BlockState,
  blockState,
  type KernelSizes,
  type ResidualBlock,
  residualBlock,
  runBlock,
} from './residualBlock.ts';

/** Groups of residual blocks: encoder and decoder have four each, with another resolution in each. */
export const GROUPS = 4;

/** Sizes of an encoder or a decoder, as its tensors tell them. */
export interface DvaeSizes {
  /** Of the picture: channels that go in or come out. */
  readonly channels: number;
  /** In front of the first group. */
  readonly first: number;
  /** Of the groups, in their order. */
  readonly widths: readonly number[];
  readonly vocabSize: number;
  readonly blocksPerGroup: number;
}

/** The blocks of all groups. The gain is 1/n² for n blocks. */
export function groupParams(p: Parameters<Kinds>, sizes: DvaeSizes, kernels: KernelSizes): ResidualBlock[][] {
  const { first, widths, blocksPerGroup } = sizes;
  const gain = 1 / (GROUPS * blocksPerGroup) ** 2;
  return widths.map((to, g) =>
    Array.from({ length: blocksPerGroup }, (_, i) => {
      const from = i > 0 ? to : g > 0 ? widths[g - 1] : first;
      return residualBlock(p, `blocks.group_${g + 1}.block_${i + 1}`, { from, to, kernels, gain });
    }),
  );
}

/** The maps of one group: what comes in, what goes out, and what its blocks work in. */
export interface GroupState {
  readonly input: Map2d;
  readonly output: Map2d;
  readonly blocks: readonly BlockState[];
}

/** Blocks never work at the same time, so that all of them work in one place. */
export function groupStates(
  backend: Backend<Kinds>,
  groups: readonly (readonly ResidualBlock[])[],
  grids: readonly Grid[],
): GroupState[] {
  const maps = groups.map((blocks, g) => {
    const input = allocBordered(backend, grids[g], blocks[0].from);
    return { input, output: blocks[0].idPath ? allocBordered(backend, grids[g], blocks[0].to) : input };
  });
  const start = backend.mark();
  let end = start;
  const states = groups.map((blocks, g) => ({
    ...maps[g],
    blocks: blocks.map((block) => {
      backend.reset(start);
      const state = blockState(backend, block, grids[g]);
      end = Math.max(end, backend.mark());
      return state;
    }),
  }));
  backend.reset(end);
  return states;
}

/** `input` → `output`. */
export function runGroup(ops: ForwardOps<Kinds>, blocks: readonly ResidualBlock[], state: GroupState): void {
  for (const [i, block] of blocks.entries()) {
    runBlock(ops, block, state.blocks[i], state.output, i === 0 ? state.input : state.output);
  }
}
