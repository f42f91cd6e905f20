import { softmax } from './rows.ts';

export interface AttentionCase {
  readonly tokens: number;
  readonly heads: number;
  readonly headDim: number;
  readonly grid: { readonly height: number; readonly width: number };
  /** [distances, heads] as a checkpoint holds it, or none. */
  readonly table?: readonly (readonly number[])[];
  /** [heads]. */
  readonly mask?: readonly number[];
}

/** The distance of query i from key j in the table: (yq − yk, xq − xk) row-major, then the three of the class token. */
export function distance(i: number, j: number, { height, width }: AttentionCase['grid']): number {
  const patches = (2 * height - 1) * (2 * width - 1);
  if (i === 0) return j === 0 ? patches + 2 : patches;
  if (j === 0) return patches + 1;
  const [p, q] = [i - 1, j - 1];
  const dy = Math.floor(p / width) - Math.floor(q / width) + height - 1;
  return dy * (2 * width - 1) + (p % width) - (q % width) + width - 1;
}

/** softmax(q·kᵀ/√d + bias)·mask of one head; qkv are the rows of one image. */
export function probabilities(qkv: readonly (readonly number[])[], head: number, shape: AttentionCase): number[][] {
  const { headDim, heads, table, mask } = shape;
  const part = (row: readonly number[], which: number) => {
    const begin = (which * heads + head) * headDim;
    return row.slice(begin, begin + headDim);
  };
  const keys = qkv.map((row) => part(row, 1));
  return qkv.map((row, i) => {
    const query = part(row, 0);
    const scores = keys.map((key, j) => {
      const product = key.reduce((sum, value, p) => sum + value * query[p], 0);
      return product / Math.sqrt(headDim) + (table ? table[distance(i, j, shape.grid)][head] : 0);
    });
    return softmax(scores).map((p) => p * (mask ? mask[head] : 1));
  });
}

/** probabilities·v, heads side by side, of one image. */
export function attention(qkv: readonly (readonly number[])[], shape: AttentionCase): number[][] {
  const { heads, headDim } = shape;
  const out = qkv.map((): number[] => []);
  for (let head = 0; head < heads; head++) {
    const p = probabilities(qkv, head, shape);
    const from = (2 * heads + head) * headDim;
    for (const [i, row] of p.entries())
      for (let c = from; c < from + headDim; c++)
        out[i].push(row.reduce((sum, value, j) => sum + value * qkv[j][c], 0));
  }
  return out;
}
