import type { Kinds } from '../../../backend.ts';
import { type Grid, type GridKernel, resizeGrid } from '../../../interpolate.ts';
import type { BeitParams } from '../params/beitParams.ts';

/** Reproduces what transformers does for native grids that are not square, instead of the right geometry. */
export type Compatibility = 'geometry' | 'transformers';

const sameGrid = (a: Grid, b: Grid) => a.height === b.height && a.width === b.width;

/**
 * The relative bias table [distances, heads] of `grid` from that of `native`: the distances are a picture of
 * (2h − 1)·(2w − 1) pixels, resized bilinearly; the last three rows belong to the class token and stay.
 *
 * transformers reads the picture width first, which scrambles it when the native grid is not square, even at native
 * size; `compatibility: 'transformers'` does the same.
 */
export function resizeRelativeBias(
  table: Float32Array,
  heads: number,
  native: Grid,
  grid: Grid,
  compatibility: Compatibility = 'geometry',
): Float32Array {
  const quirk = compatibility === 'transformers';
  const span = (g: Grid): Grid => ({ height: 2 * g.height - 1, width: 2 * g.width - 1 });
  const [from, to] = [span(native), span(grid)];
  const source = quirk ? { height: from.width, width: from.height } : from;
  if (sameGrid(source, to)) return table;
  const distances = from.height * from.width * heads;
  const resized = resizeGrid(table.subarray(0, distances), heads, source, to, 'bilinear');
  const out = new Float32Array(resized.length + 3 * heads);
  out.set(resized);
  out.set(table.subarray(distances), resized.length);
  return out;
}

/** What a table of position embeddings belongs to. */
export interface PositionShape {
  readonly dim: number;
  /** Rows of prefix tokens ahead of the rows of patches. */
  readonly positioned: number;
  /** Prefix tokens without a position: they get rows of zeros. */
  readonly registers?: number;
  /** Default bicubic. */
  readonly kernel?: GridKernel | undefined;
}

/**
 * The position embeddings [prefix + h·w, dim] of `grid` from the table [positioned + native, dim]: the rows of prefix
 * tokens stay, the patches' are resized.
 */
export function resizePositions(table: Float32Array, shape: PositionShape, native: Grid, grid: Grid): Float32Array {
  const { dim, positioned, registers = 0, kernel = 'bicubic' } = shape;
  const [head, body] = [table.subarray(0, positioned * dim), table.subarray(positioned * dim)];
  if (registers === 0 && sameGrid(native, grid)) return table;
  const patches = sameGrid(native, grid) ? body : resizeGrid(body, dim, native, grid, kernel);
  const out = new Float32Array((positioned + registers) * dim + patches.length);
  out.set(head);
  out.set(patches, (positioned + registers) * dim);
  return out;
}

/** The bias of every block for `grid`, per-layer and shared added up; equal entries are the same array. */
export function relativeBiases<K extends Kinds>(
  params: BeitParams<K>,
  grid: Grid,
  compatibility?: Compatibility,
): (Float32Array | null)[] {
  const { config, sharedRelativeBias } = params;
  const resize = (table: Float32Array) =>
    resizeRelativeBias(table, config.numAttentionHeads, config.nativeGrid, grid, compatibility);
  const shared = sharedRelativeBias && resize(sharedRelativeBias);
  return params.blocks.map(({ relativeBias }) => {
    const own = relativeBias && resize(relativeBias);
    return own && shared ? own.map((bias, i) => bias + shared[i]) : (own ?? shared);
  });
}
