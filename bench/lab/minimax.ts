// Prints the polynomials of core-as/simd, constant term first, each with its largest weighted error before and after the
// coefficients are rounded to f32: node scripts/run.mjs bench/lab/minimax.ts
import { erf, erfcx } from '../../test/reference/special.ts';

interface Fit {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly degree: number;
  /** What the polynomial stands for. */
  readonly target: (t: number) => number;
  /** Makes the error of the polynomial the relative error of the final result. */
  readonly weight: (t: number) => number;
}

const POINTS = 400;
const ROUNDS = 300;
const HALF_LN2 = Math.LN2 / 2 + 1e-6;
/** core-as/simd/normal.ts: t = (b − CENTRE)/(b + CENTRE), and back; this center has h(CENTRE) near an f32. */
const CENTRE = 2.46875;
const map = (b: number) => (b - CENTRE) / (b + CENTRE);
const tail = (t: number) => {
  const b = (CENTRE * (1 + t)) / (1 - t);
  return (b * erfcx(b / Math.SQRT2)) / 2;
};
const FITS: Fit[] = [
  {
    name: 'exp: (e^r − 1 − r)/r², |r| ≤ ½·ln 2',
    from: -HALF_LN2,
    to: HALF_LN2,
    degree: 4,
    target: (r) => (Math.abs(r) < 1e-3 ? 1 / 2 + r / 6 + (r * r) / 24 : (Math.expm1(r) - r) / (r * r)),
    weight: (r) => (r * r) / Math.exp(r),
  },
  {
    name: 'attention_q8: 255·2^f, |f| ≤ ½',
    from: -0.5,
    to: 0.5,
    degree: 3,
    target: (f) => 255 * 2 ** f,
    weight: (f) => 2 ** -f / 255,
  },
  {
    name: 'gelu of integer layers: (Φ(x) − ½)/x in t = x²·2/16 − 1, |x| ≤ 4, absolute error of x·Φ(x)',
    from: -1,
    to: 1,
    degree: 6,
    target: (t) => {
      const x = Math.sqrt(Math.max(1e-12, 8 * (t + 1)));
      return erf(x / Math.SQRT2) / x / 2;
    },
    weight: (t) => 8 * (t + 1) + 1e-3,
  },
  {
    name: 'erf: erf(x)/x − 1 in x², |x| ≤ 1',
    from: 0,
    to: 1,
    degree: 6,
    target: (s) => (s === 0 ? 2 / Math.sqrt(Math.PI) : erf(Math.sqrt(s)) / Math.sqrt(s)) - 1,
    weight: () => 1,
  },
  {
    name: 'tanh: (tanh(x)/x − 1)/x² in x², |x| ≤ 0.625',
    from: 0,
    to: 0.625 ** 2,
    degree: 4,
    target: (s) => (s < 1e-3 ? -1 / 3 + (2 / 15) * s : (Math.tanh(Math.sqrt(s)) / Math.sqrt(s) - 1) / s),
    weight: (s) => s,
  },
  {
    name: 'normal, inner: (Φ(x) − ½)/x in x², |x| ≤ ½',
    from: 0,
    to: 0.25,
    degree: 3,
    target: (s) => (s === 0 ? 1 / Math.sqrt(2 * Math.PI) : erf(Math.sqrt(s / 2)) / Math.sqrt(s) / 2),
    weight: (s) => 3 * Math.sqrt(s),
  },
  {
    name: 'normal, tail: b·e^(b²/2)·Φ(−b) in (b − 2.46875)/(b + 2.46875), 0.49 ≤ b ≤ 15',
    from: map(0.49),
    to: map(15),
    degree: 6,
    target: tail,
    weight: (t) => 1 / tail(t),
  },
];

for (const fit of FITS) report(fit);

function report(fit: Fit): void {
  const exact = minimax(fit);
  const rounded = roundEach(fit);
  const [before, after] = [exact, rounded].map((p) => worst(p, sample(fit)).toExponential(2));
  console.log(`${fit.name}, degree ${fit.degree}: error ${before}, ${after} rounded`);
  console.log(`  ${rounded.map((c) => c.toPrecision(9)).join(', ')}`);
}

/** Rounds the constant term, fits the others anew to what is left, and so on. */
function roundEach(fit: Fit): number[] {
  const first = Math.fround(minimax(fit)[0]);
  if (fit.degree === 0) return [first];
  const rest = {
    ...fit,
    degree: fit.degree - 1,
    target: (t: number) => (fit.target(t) - first) / t,
    weight: (t: number) => fit.weight(t) * Math.abs(t),
  };
  return [first, ...roundEach(rest)];
}

interface Point {
  readonly t: number;
  readonly value: number;
  readonly weight: number;
}

function sample({ from, to, target, weight }: Fit): Point[] {
  return Array.from({ length: POINTS }, (_, i) => {
    const t = (from + to) / 2 - ((to - from) / 2) * Math.cos((Math.PI * (i + 0.5)) / POINTS);
    return { t, value: target(t), weight: weight(t) };
  });
}

function errorAt(p: readonly number[], { t, value, weight }: Point): number {
  return Math.abs((horner(p, t) - value) * weight);
}

function worst(p: readonly number[], points: readonly Point[]): number {
  return Math.max(...points.map((point) => errorAt(p, point)));
}

/** Lawson: least squares, over and over, each point weighted up by its error; the errors level out. */
function minimax(fit: Fit): number[] {
  const points = sample(fit);
  const density = points.map(() => 1);
  let best: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const p = leastSquares(fit, points, density);
    if (round === 0 || worst(p, points) < worst(best, points)) best = p;
    const errors = points.map((point, i) => density[i] * errorAt(p, point));
    const total = errors.reduce((a, b) => a + b, 0);
    errors.forEach((error, i) => {
      density[i] = error / total;
    });
  }
  return best;
}

/** Weighted least squares in Chebyshev polynomials, by normal equations, as monomials. */
function leastSquares({ from, to, degree }: Fit, points: readonly Point[], density: readonly number[]): number[] {
  const n = degree + 1;
  const matrix = Array.from({ length: n }, () => new Float64Array(n + 1));
  points.forEach(({ t, value, weight }, i) => {
    const basis = chebyshev((2 * t - from - to) / (to - from), n);
    const w = density[i] * weight * weight;
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) matrix[a][b] += w * basis[a] * basis[b];
      matrix[a][n] += w * basis[a] * value;
    }
  });
  return monomials(solve(matrix), from, to);
}

function chebyshev(u: number, n: number): number[] {
  const basis = [1, u];
  while (basis.length < n) basis.push(2 * u * basis[basis.length - 1] - basis[basis.length - 2]);
  return basis.slice(0, n);
}

/** Gauss with pivots; the last column is the right side. */
function solve(m: Float64Array[]): number[] {
  const n = m.length;
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c; r < n; r++) if (Math.abs(m[r][c]) > Math.abs(m[pivot][c])) pivot = r;
    [m[c], m[pivot]] = [m[pivot], m[c]];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const f = m[r][c] / m[c][c];
      for (let k = c; k <= n; k++) m[r][k] -= f * m[c][k];
    }
  }
  return m.map((row, i) => row[n] / row[i]);
}

/** Σ cᵢ·Tᵢ(u), u = (2t − from − to)/(to − from), as coefficients of t. */
function monomials(c: readonly number[], from: number, to: number): number[] {
  const [slope, offset] = [2 / (to - from), -(from + to) / (to - from)];
  const timesU = (p: number[]) => [...p, 0].map((x, i) => x * offset + (i > 0 ? p[i - 1] * slope : 0));
  let [previous, current] = [[1], timesU([1])];
  const sum = c.map(() => 0);
  c.forEach((factor, i) => {
    const p = i === 0 ? [1] : current;
    p.forEach((x, j) => {
      sum[j] += factor * x;
    });
    if (i > 0) [previous, current] = [current, timesU(current).map((x, j) => 2 * x - (previous[j] ?? 0))];
  });
  return sum;
}

function horner(p: readonly number[], t: number): number {
  return p.reduceRight((sum, c) => sum * t + c, 0);
}
