import { type Grid, resizeGridTransposed } from '../../interpolate.ts';
import type { PositionShape } from '../../model/beit/positions/positions.ts';

const sameGrid = (a: Grid, b: Grid) => a.height === b.height && a.width === b.width;
const span = (g: Grid): Grid => ({ height: 2 * g.height - 1, width: 2 * g.width - 1 });

/**
 * The gradient of a relative bias table [distances of the native grid, heads] from gradients as attention sums them:
 * [heads, distances of `grid`], rows mirrored along x. Several are added up. The inverse of `layOutRelativeBias`, then
 * the transpose of the bilinear matrix.
 */
export function nativeTable(laid: readonly Float32Array[], heads: number, native: Grid, grid: Grid): Float32Array {
  const [{ height, width }, distances] = [span(grid), laid[0].length / heads];
  const table = new Float64Array(distances * heads); // [distances, heads]
  for (let d = 0; d < distances; d++) {
    const y = Math.floor(d / width);
    const at = d < height * width ? y * width + (width - 1 - (d - y * width)) : d;
    for (let a = 0; a < heads; a++) {
      table[d * heads + a] = laid.reduce((sum, values) => sum + values[a * distances + at], 0);
    }
  }
  if (sameGrid(native, grid)) return Float32Array.from(table);
  const body = height * width * heads;
  const resized = resizeGridTransposed(table.subarray(0, body), heads, span(native), span(grid), 'bilinear');
  return Float32Array.of(...resized, ...table.subarray(body));
}

/** The gradient of position embeddings [positioned + native patches, dim] from that of the tokens [T, dim]. */
export function nativePositions(rows: Float32Array, shape: PositionShape, native: Grid, grid: Grid): Float32Array {
  const { dim, positioned, registers = 0, kernel = 'bicubic' } = shape;
  const body = rows.subarray((positioned + registers) * dim);
  const patches = sameGrid(native, grid) ? body : resizeGridTransposed(body, dim, native, grid, kernel);
  const out = new Float32Array(positioned * dim + patches.length);
  out.set(rows.subarray(0, positioned * dim));
  out.set(patches, positioned * dim);
  return out;
}
