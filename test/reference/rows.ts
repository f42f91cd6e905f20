/** A row as f64 numbers. */
type Row = readonly number[];

/** γ·(x − μ)/√(σ² + eps) + β with the biased variance. */
export function layerNorm(x: Row, gamma: Row, beta: Row, eps: number): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + eps)) * gamma[i] + beta[i]);
}

export function softmax(x: Row): number[] {
  const largest = Math.max(...x);
  const powers = x.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / total);
}

/** The mean of each column. */
export function meanRows(rows: readonly Row[]): number[] {
  return rows[0].map((_, c) => rows.reduce((sum, row) => sum + row[c], 0) / rows.length);
}
