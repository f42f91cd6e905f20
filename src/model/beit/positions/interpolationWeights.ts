/** What each value known at `positions` contributes to the straight lines between them, at each of `targets`. */
export function linearWeights(positions: readonly number[], targets: readonly number[]): Float64Array[] {
  return targets.map((x) => {
    const row = new Float64Array(positions.length);
    const [i, t] = locate(positions, x);
    row[i] = 1 - t;
    if (positions.length > 1) row[i + 1] = t;
    return row;
  });
}

/**
 * The same for the interpolating cubic spline with "not-a-knot" ends, which is what FITPACK fits without smoothing. Its
 * slopes are linear in the values: each column of `slopes` belongs to one value being 1 and all others 0.
 */
export function splineWeights(positions: readonly number[], targets: readonly number[]): Float64Array[] {
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
  // (s_a + s_{a+1} − 2·d_a)/h_a² = (s_b + s_{b+1} − 2·d_b)/h_b²
  const equalThirdDerivatives = (row: number, a: number, b: number) => {
    for (const [i, sign] of [
      [a, 1],
      [b, -1],
    ]) {
      const factor = sign / (h(i) * h(i));
      system[row][i] += factor;
      system[row][i + 1] += factor;
      addSecant(row, i, 2 * factor);
    }
  };
  equalThirdDerivatives(0, 0, 1);
  equalThirdDerivatives(n - 1, n - 2, n - 3);
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

/** The interval that x is in and how far along it, from 0 to 1; beyond the ends, the end. */
function locate(positions: readonly number[], x: number): [index: number, along: number] {
  if (positions.length < 2) return [0, 0];
  let i = 0;
  while (i < positions.length - 2 && x >= positions[i + 1]) i++;
  const t = (x - positions[i]) / (positions[i + 1] - positions[i]);
  return [i, Math.min(1, Math.max(0, t))];
}
