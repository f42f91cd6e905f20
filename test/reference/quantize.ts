const f = Math.fround;

/** The nearest integer, ties to even. */
export function roundEven(value: number): number {
  const below = Math.floor(value);
  const up = value - below > 0.5 || (value - below === 0.5 && below % 2 !== 0);
  return below + (up ? 1 : 0);
}

export interface QuantizedRow {
  /** Signed bytes. */
  readonly q: number[];
  readonly scale: number;
  readonly zero: number;
}

/** Activations: x ≈ scale·(q − zero), q in −128…127, the range of the row and 0 on 256 steps, each operation in f32. */
export function quantizeRow(x: ArrayLike<number>): QuantizedRow {
  const [low, high] = [Math.min(0, ...Array.from(x)), Math.max(0, ...Array.from(x))];
  const range = f(high - low);
  const inverse = range > 1e-30 ? f(255 / range) : 0;
  const zero = roundEven(f(-128 - f(low * inverse)));
  const q = Array.from(x, (v) => Math.min(127, Math.max(-128, roundEven(f(v * inverse)) + zero)));
  return { q, scale: f(range / 255), zero };
}

/** Weights: w ≈ scale·q, q in −63…63. */
export function quantizeWeights(w: ArrayLike<number>): QuantizedRow {
  const largest = Math.max(...Array.from(w, Math.abs));
  const inverse = largest > 1e-30 ? f(63 / largest) : 0;
  return { q: Array.from(w, (v) => roundEven(f(v * inverse))), scale: f(largest / 63), zero: 0 };
}

/** out[i][j] = Σ(q_x − zero)·q_w in integers, then f32: times the row's scale, times the column's. */
export function linearQuantized(rows: readonly QuantizedRow[], weights: readonly QuantizedRow[]): Float32Array {
  return Float32Array.from(
    rows.flatMap((row) =>
      weights.map((column) => {
        const total = column.q.reduce((sum, q, p) => sum + (row.q[p] - row.zero) * q, 0);
        return f(f(total) * row.scale) * column.scale;
      }),
    ),
  );
}
