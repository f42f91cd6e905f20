import { check } from '../../errors.ts';
import type { Grid } from './interpolate.ts';

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

function linearWeights(positions: readonly number[], targets: readonly number[]): Float64Array[] {
  return targets.map((x) => {
    const row = new Float64Array(positions.length);
    const [i, t] = locate(positions, x);
    row[i] = 1 - t;
    if (positions.length > 1) row[i + 1] = t;
    return row;
  });
}

/**
 * The interpolating cubic spline with "not-a-knot" ends, which is what FITPACK fits without smoothing. Its slopes are
 * linear in the values: each column of `slopes` belongs to one value being 1 and all others 0.
 */
function splineWeights(positions: readonly number[], targets: readonly number[]): Float64Array[] {
  const slopes = splineSlopes(positions);
  return targets.map((x) => {
    const [i, t] = locate(positions, x);
    const h = positions[i + 1] - positions[i];
    const row = new Float64Array(positions.length);
    // Hermite's basis on [i, i + 1]
    row[i] = (1 + 2 * t) * (1 - t) * (1 - t);
    row[i + 1] = t * t * (3 - 2 * t);
    const [a, b] = [h * t * (1 - t) * (1 - t), h * t * t * (t - 1)];
    for (let j = 0; j < row.length; j++) row[j] += a * slopes[i][j] + b * slopes[i + 1][j];
    return row;
  });
}

/** Slopes s at the knots: h₁·s₀ + 2(h₀ + h₁)·s₁ + h₀·s₂ = 3(h₁·d₀ + h₀·d₁) within, third derivatives equal next to the ends. */
function splineSlopes(x: readonly number[]): Float64Array[] {
  const n = x.length;
  const h = (i: number) => x[i + 1] - x[i];
  const system = Array.from({ length: n }, () => new Float64Array(n));
  const right = Array.from({ length: n }, () => new Float64Array(n));
  const addSecant = (row: number, i: number, factor: number) => {
    right[row][i] -= factor / h(i);
    right[row][i + 1] += factor / h(i);
  };
  for (let i = 1; i < n - 1; i++) {
    system[i].set([h(i), 2 * (h(i - 1) + h(i)), h(i - 1)], i - 1);
    addSecant(i, i - 1, 3 * h(i));
    addSecant(i, i, 3 * h(i - 1));
  }
  for (const [row, a, b] of [
    [0, 0, 1],
    [n - 1, n - 2, n - 3],
  ]) {
    // (s_a + s_{a+1} − 2·d_a)/h_a² = (s_b + s_{b+1} − 2·d_b)/h_b²
    for (const [i, sign] of [
      [a, 1],
      [b, -1],
    ]) {
      const factor = sign / (h(i) * h(i));
      system[row][i] += factor;
      system[row][i + 1] += factor;
      addSecant(row, i, 2 * factor);
    }
  }
  return solve(system, right);
}

/** Gauss' elimination with row pivoting; n is the side of a table, some tens. */
function solve(a: Float64Array[], b: Float64Array[]): Float64Array[] {
  for (let k = 0; k < a.length; k++) {
    let pivot = k;
    for (let i = k + 1; i < a.length; i++) if (Math.abs(a[i][k]) > Math.abs(a[pivot][k])) pivot = i;
    [a[k], a[pivot], b[k], b[pivot]] = [a[pivot], a[k], b[pivot], b[k]];
    for (let i = 0; i < a.length; i++) {
      const factor = i === k ? 0 : a[i][k] / a[k][k];
      if (factor !== 0) subtract(a[i], a[k], factor);
      if (factor !== 0) subtract(b[i], b[k], factor);
    }
  }
  return b.map((row, i) => row.map((value) => value / a[i][i]));
}

function subtract(row: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < row.length; i++) row[i] -= factor * other[i];
}

/** The interval that x lies in and how far along it, from 0 to 1; beyond the ends, the end. */
function locate(positions: readonly number[], x: number): [index: number, along: number] {
  if (positions.length < 2) return [0, 0];
  let i = 0;
  while (i < positions.length - 2 && x >= positions[i + 1]) i++;
  const t = (x - positions[i]) / (positions[i + 1] - positions[i]);
  return [i, Math.min(1, Math.max(0, t))];
}
