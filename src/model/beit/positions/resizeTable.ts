import { check } from '../../../errors.ts';
import type { Grid } from '../../../interpolate.ts';
import { linearWeights, splineWeights } from './interpolationWeights.ts';

/** Rows of a table behind its grid of distances: class token to any, any to class token, class token to itself. */
const EXTRA = 3;

/**
 * Resizes a relative position bias table as unilm and timm do when they fine-tune at another size: known distances are
 * spread along a geometric progression, dense near 0, and the integer distances of the new grid are read between them,
 * by a bicubic spline (unilm) or linearly (timm without SciPy's `interp2d`). Both differ from what transformers does at
 * run time, which spreads them evenly.
 *
 * @param table [(2·from.height − 1)(2·from.width − 1) + 3, heads]
 * @returns [(2·to.height − 1)(2·to.width − 1) + 3, heads]
 * @throws `InvalidArgument` when the table does not have the size of its grid.
 * @example
 * const larger = resizeRelativePositionBiasTable(table, 12, { height: 14, width: 14 }, { height: 24, width: 24 });
 */
export function resizeRelativePositionBiasTable(
  table: Float32Array,
  heads: number,
  from: Grid,
  to: Grid,
  kernel: 'cubic' | 'linear' = 'cubic',
): Float32Array {
  const [height, width] = [2 * from.height - 1, 2 * from.width - 1];
  const rows = height * width;
  check(table.length === (rows + EXTRA) * heads, 'InvalidArgument', () => {
    return `Cannot resize a table: expected [${rows + EXTRA}, ${heads}], got ${table.length} elements`;
  });
  const [down, across] = [weights(from.height, to.height, kernel), weights(from.width, to.width, kernel)];
  const wide = resample(table, height, width, heads, across);
  const resized = resample(wide, 1, height, across.length * heads, down);
  const out = new Float32Array(resized.length + EXTRA * heads);
  out.set(resized);
  out.set(table.subarray(rows * heads), resized.length);
  return out;
}

/** out[o][i] = Σⱼ weights[i][j] · data[o][j] over the middle axis of [outer, inner, cols], summed in double. */
function resample(
  data: ArrayLike<number>,
  outer: number,
  inner: number,
  cols: number,
  rows: readonly Float64Array[],
): Float64Array {
  const out = new Float64Array(outer * rows.length * cols);
  for (let o = 0; o < outer; o++) {
    for (const [i, row] of rows.entries()) {
      for (let j = 0; j < inner; j++) {
        if (row[j] === 0) continue;
        const [source, target] = [(o * inner + j) * cols, (o * rows.length + i) * cols];
        for (let c = 0; c < cols; c++) out[target + c] += row[j] * data[source + c];
      }
    }
  }
  return out;
}

/** What each old distance contributes to each new one; an unchanged axis keeps its values. */
function weights(from: number, to: number, kernel: 'cubic' | 'linear'): Float64Array[] {
  const count = 2 * from - 1;
  if (from === to) return Array.from({ length: count }, (_, i) => new Float64Array(count).fill(1, i, i + 1));
  const positions = spread(from, to);
  const targets = Array.from({ length: 2 * to - 1 }, (_, i) => i - to + 1);
  // a spline needs four points; with fewer, linear is what is left
  return kernel === 'cubic' && count > 3 ? splineWeights(positions, targets) : linearWeights(positions, targets);
}

/** 0, ±1, ±(1 + q), ±(1 + q + q²), … with q such that the outermost of the `from − 1` steps reaches `to − 1`. */
function spread(from: number, to: number): number[] {
  const steps = from - 1;
  let [low, high, q] = [1.01, 1.5, 1.01];
  while (high - low > 1e-6) {
    q = (low + high) / 2;
    if (progression(q, steps).at(-1)! > to - 1) high = q;
    else low = q;
  }
  const right = progression(q, steps).slice(1);
  return [...right.map((x) => -x).reverse(), 0, ...right];
}

/** [0, 1, 1 + q, …]: sums of the first powers of q. */
function progression(q: number, steps: number): number[] {
  const sums = [0];
  let power = 1;
  for (let i = 0; i < steps; i++, power *= q) sums.push(sums[i] + power);
  return sums;
}
