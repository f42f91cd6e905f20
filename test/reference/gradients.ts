/** A row as f64 numbers. */
type Row = readonly number[];
type Rows = readonly Row[];

/** dx = r·(g − mean(g) − x̂·mean(g ⊙ x̂)), g = γ ⊙ dy; and what a row adds to dγ. */
export function layerNormBackward(dy: Row, x: Row, gamma: Row, eps: number): { dx: number[]; dgamma: number[] } {
  const mean = (row: Row) => row.reduce((a, b) => a + b, 0) / row.length;
  const mu = mean(x);
  const r = 1 / Math.sqrt(mean(x.map((v) => (v - mu) ** 2)) + eps);
  const hat = x.map((v) => (v - mu) * r);
  const g = dy.map((d, i) => d * gamma[i]);
  const [a, b] = [mean(g), mean(g.map((v, i) => v * hat[i]))];
  return { dx: g.map((v, i) => r * (v - a - hat[i] * b)), dgamma: dy.map((d, i) => d * hat[i]) };
}

/** Central differences of a sum of products: d(Σ weights ⊙ f(x))/dx, element by element. */
export function finiteDifferences(f: (x: number[][]) => number[][], x: Rows, weights: Rows, step = 1e-5): number[][] {
  const total = (at: number[][]) =>
    f(at).reduce((sum, row, i) => sum + row.reduce((s, v, j) => s + v * weights[i][j], 0), 0);
  return x.map((row, i) =>
    row.map((value, j) => {
      const moved = (delta: number) =>
        x.map((r, k) => (k === i ? r.map((v, c) => (c === j ? value + delta : v)) : [...r]));
      return (total(moved(step)) - total(moved(-step))) / (2 * step);
    }),
  );
}

/** Σ_i w_i·x_i of each column. */
export function sumRows(x: Rows, weights?: Row): number[] {
  return x[0].map((_, c) => x.reduce((sum, row, i) => sum + row[c] * (weights ? weights[i] : 1), 0));
}

/** x·yᵀ. */
export function productTransposed(x: Rows, y: Rows): number[][] {
  return x.map((row) => y.map((other) => row.reduce((sum, v, p) => sum + v * other[p], 0)));
}

export const transposed = (x: Rows): number[][] => x[0].map((_, c) => x.map((row) => row[c]));
