import { layOutRelativeBias } from '../../../src/wasm/relativeBias.ts';
import type { AttentionCase } from '../../reference/attention.ts';
import type { Core } from '../core.ts';
import { noise } from '../matrix.ts';

/** Head sizes that fill no panel, grids that are not square, one patch, and the real one. */
export const CASES: AttentionCase[] = [
  attentionCase({ height: 1, width: 1 }, 1, 6),
  attentionCase({ height: 2, width: 3 }, 3, 10),
  attentionCase({ height: 3, width: 2 }, 2, 8, [1, 0]),
  attentionCase({ height: 1, width: 7 }, 2, 1),
  attentionCase({ height: 5, width: 1 }, 1, 17, [0.5]),
  attentionCase({ height: 4, width: 9 }, 4, 16),
  attentionCase({ height: 14, width: 14 }, 2, 64),
  { ...attentionCase({ height: 6, width: 5 }, 2, 12), table: undefined },
  { tokens: 1, heads: 2, headDim: 6, grid: { height: 0, width: 0 } },
  { tokens: 65, heads: 1, headDim: 33, grid: { height: 0, width: 0 }, mask: [0.25] },
];

export function attentionCase(
  grid: AttentionCase['grid'],
  heads: number,
  headDim: number,
  mask?: readonly number[],
): AttentionCase {
  const distances = (2 * grid.height - 1) * (2 * grid.width - 1) + 3;
  const table = noise(distances, heads, 5).map((row) => row.map((value) => 2 * value));
  return { tokens: grid.height * grid.width + 1, heads, headDim, grid, table, mask };
}

export function describe({ tokens, heads, headDim, grid, table, mask }: AttentionCase): string {
  return `${tokens} tokens, ${heads} × ${headDim}, ${grid.height} × ${grid.width}, ${table && 'bias'} ${mask && 'mask'}`;
}

/** Places bias and mask; what follows `heads, headDim` in the kernels' arguments. */
export function placeExtras(core: Core, shape: AttentionCase) {
  const { table, heads, grid, mask } = shape;
  const laid = table && layOutRelativeBias(Float32Array.from(table.flat()), heads, grid);
  const bias = laid ? core.place(laid) : 0;
  const headMask = mask ? core.place(Float32Array.from(mask)) : 0;
  const scratchBytes = core.kernels.attention_scratch(shape.tokens, shape.headDim);
  return { bias, headMask, scratchBytes, scratch: core.alloc(scratchBytes) };
}
