const f = Math.fround;

/** The nearest integer, ties to even. */
export function roundEven(value: number): number {
  const below = Math.floor(value);
  const up = value - below > 0.5 || (value - below === 0.5 && below % 2 !== 0);
  return below + (up ? 1 : 0);
}

export interface QuantizedRow {
  /** Signed bytes, and outliers of a row beyond them. */
  readonly q: number[];
  readonly scale: number;
  readonly zero: number;
}

/** √(mean of x²), each operation in f32, summed as eight lanes do: the last few values in the first lane. */
function rootMeanSquare(x: ArrayLike<number>): number {
  const sums = Array(8).fill(0);
  const whole = x.length - (x.length % 8);
  for (let i = 0; i < x.length; i++) {
    const lane = i < whole ? i % 8 : 0;
    sums[lane] = f(sums[lane] + f(x[i] * x[i]));
  }
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => f(sums[i] + sums[i + 4]));
  return f(Math.sqrt(f(f(f(a + c) + f(b + d)) / x.length)));
}

/**
 * Activations: x ≈ scale·(q − zero), q in 0…127, the range of the row and 0 on 128 values, each operation in f32. The range
 * ends at 4 root mean squares where a value lies beyond 6 and at most 32 lie beyond 4, their mean taken again without the
 * values beyond; those have q beyond 0…127.
 */
export function quantizeRow(x: ArrayLike<number>): QuantizedRow {
  const [min, max] = [Math.min(0, ...Array.from(x)), Math.max(0, ...Array.from(x))];
  const rms = rootMeanSquare(x);
  const far = f(6 * rms);
  if ((max > far || min < -far) && rms > 1e-12) {
    const near = nearer(x, f(4 * rms));
    const row = quantizeRange(
      x,
      Math.max(min, -near),
      Math.min(max, near),
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    );
    if (row.q.filter((q) => q < 0 || q > 127).length <= 32) return row;
  }
  return quantizeRange(x, min, max, 0, 127);
}

function nearer(x: ArrayLike<number>, near: number, turns = 3): number {
  const outside = Array.from(x).filter((v) => Math.abs(v) > near).length;
  const sums = Array(4).fill(0);
  for (let i = 0; i < x.length; i++) if (Math.abs(x[i]) <= near) sums[i % 4] = f(sums[i % 4] + f(x[i] * x[i]));
  const next = f(4 * f(Math.sqrt(f(f(f(sums[0] + sums[2]) + f(sums[1] + sums[3])) / x.length))));
  return turns > 0 && outside <= 32 && next < f(0.5 * near) ? nearer(x, next, turns - 1) : near;
}

function quantizeRange(x: ArrayLike<number>, low: number, high: number, least: number, largest: number): QuantizedRow {
  const range = f(high - low);
  const inverse = range > 1e-30 ? f(127 / range) : 0;
  const zero = roundEven(f(-low * inverse));
  const q = Array.from(x, (v) => Math.min(largest, Math.max(least, roundEven(f(v * inverse)) + zero)));
  return { q, scale: f(range / 127), zero };
}

/** Weights: w ≈ scale·q, q in −127…127. */
export function quantizeWeights(w: ArrayLike<number>): QuantizedRow {
  const largest = Math.max(...Array.from(w, Math.abs));
  const inverse = largest > 1e-30 ? f(127 / largest) : 0;
  return { q: Array.from(w, (v) => roundEven(f(v * inverse))), scale: f(largest / 127), zero: 0 };
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
