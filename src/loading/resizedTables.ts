import type { Grid } from '../interpolate.ts';
import { sizeOf } from '../math.ts';
import type { Target } from '../model/beit/params/slot.ts';
import { resizePositions, resizeRelativeBias } from '../model/beit/positions/positions.ts';
import { resizeRelativePositionBiasTable } from '../model/beit/positions/resizeTable.ts';

/**
 * How position tables of another image size are made to fit: evenly, as transformers does when it runs at another size,
 * or along a geometric progression by a cubic spline (unilm) or linearly (timm), as they do before fine-tuning.
 */
export type TableRule = 'transformers' | 'unilm' | 'timm';

/** What fits tables of `shape` into `slot`; null unless the tensor is a table of a square grid with as many columns. */
export function resizedTable(
  name: string,
  shape: readonly number[],
  slot: Target,
  grid: Grid,
  rule: TableRule,
): Target | null {
  const [rows, cols] = shape.slice(-2);
  if (cols !== slot.shape.at(-1) || sizeOf(shape) !== rows * cols) return null;
  const resize = name.endsWith('relative_position_bias_table')
    ? relativeBias(rows, cols, grid, rule)
    : name === 'embeddings.position_embeddings'
      ? positions(rows, cols, slot.shape.at(-2)! - grid.height * grid.width, grid)
      : null;
  return resize && wholeTensor(shape, (table) => slot.put(resize(table), 0));
}

function relativeBias(rows: number, heads: number, grid: Grid, rule: TableRule) {
  const side = (Math.sqrt(rows - 3) + 1) / 2;
  if (!Number.isInteger(side)) return null;
  const native = { height: side, width: side };
  return (table: Float32Array) =>
    rule === 'transformers'
      ? resizeRelativeBias(table, heads, native, grid)
      : resizeRelativePositionBiasTable(table, heads, native, grid, rule === 'unilm' ? 'cubic' : 'linear');
}

function positions(rows: number, dim: number, positioned: number, grid: Grid) {
  const side = Math.sqrt(rows - positioned);
  if (!Number.isInteger(side) || side === 0) return null;
  return (table: Float32Array) => resizePositions(table, { dim, positioned }, { height: side, width: side }, grid);
}

/** A tensor that is needed in one piece. */
function wholeTensor(shape: readonly number[], done: (values: Float32Array) => void): Target {
  const values = new Float32Array(sizeOf(shape));
  let filled = 0;
  const put = (chunk: Float32Array, offset: number) => {
    values.set(chunk, offset);
    filled += chunk.length;
    if (filled === values.length) done(values);
  };
  return { shape, grain: 1, put };
}
