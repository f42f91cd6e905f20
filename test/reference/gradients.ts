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

/** γ·(x − mean)/√(variance + eps) + β, the mean and the biased variance being those of each column. */
export function batchNorm(x: Rows, gamma: Row, beta: Row, eps: number): number[][] {
  const statistics = x[0].map((_, c) => columnStatistics(x, c));
  return x.map((row) => {
    return row.map((v, c) => (gamma[c] * (v - statistics[c].mean)) / Math.sqrt(statistics[c].variance + eps) + beta[c]);
  });
}

export function columnStatistics(x: Rows, column: number): { mean: number; variance: number } {
  const mean = x.reduce((sum, row) => sum + row[column], 0) / x.length;
  const variance = x.reduce((sum, row) => sum + (row[column] - mean) ** 2, 0) / x.length;
  return { mean, variance };
}

/** A 3×3 convolution with padding 1 of pixels [height·width, c] by W [n, 3·3·c], its columns (ky, kx, channel). */
export function convolve3x3(x: Rows, w: Rows, height: number, width: number): number[][] {
  const channels = x[0].length;
  return x.map((_, pixel) => {
    const [y, column] = [Math.floor(pixel / width), pixel % width];
    return w.map((row) => {
      let sum = 0;
      for (let tap = 0; tap < 9; tap++) {
        const [yy, xx] = [y + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
        if (yy < 0 || yy >= height || xx < 0 || xx >= width) continue;
        for (let c = 0; c < channels; c++) sum += row[tap * channels + c] * x[yy * width + xx][c];
      }
      return sum;
    });
  });
}
