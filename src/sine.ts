// sin and cos from IEEE additions and multiplications alone, so that every engine gives the same bits.
// |x| is reduced to |r| ≤ π/4 with π/2 in three parts (good for |x| < 2²⁰), then the Taylor series is summed.

// π/2 = HIGH + MIDDLE + LOW; HIGH and MIDDLE have 33 bits each, so that k·HIGH and k·MIDDLE are exact.
const HIGH = 0x1921fb544 / 2 ** 32;
const MIDDLE = 0x10b4611a6 / 2 ** 66;
const LOW = 2.0222662487959506e-21;

/** sin x to within 1 ulp for |x| < 2²⁰. */
export function sine(x: number): number {
  return quadrant(x, 0);
}

/** cos x to within 1 ulp for |x| < 2²⁰. */
export function cosine(x: number): number {
  return quadrant(x, 1);
}

/** sin(x + shift·π/2). */
function quadrant(x: number, shift: number): number {
  const k = Math.round(x / (Math.PI / 2));
  const r = x - k * HIGH - k * MIDDLE - k * LOW;
  const turn = (k + shift) & 3;
  const value = turn & 1 ? taylorCosine(r * r) : r + r * taylorSine(r * r);
  return turn & 2 ? -value : value;
}

/** sin r / r − 1 = −r²/3! + r⁴/5! − … to r¹⁶/17! */
function taylorSine(r2: number): number {
  let sum = 0;
  for (let n = 16; n >= 2; n -= 2) sum = (-r2 / (n * (n + 1))) * (1 + sum);
  return sum;
}

/** cos r = 1 − r²/2! + r⁴/4! − … to r¹⁸/18! */
function taylorCosine(r2: number): number {
  let sum = 0;
  for (let n = 18; n >= 2; n -= 2) sum = (-r2 / (n * (n - 1))) * (1 + sum);
  return 1 + sum;
}

/** cos(π·t) for −1 ≤ t ≤ 1, good to f64 in all of that range. */
export function cosineOfPi(t: number): number {
  const x = Math.abs(t);
  if (x > 0.5) return -cosineOfPi(1 - x);
  if (x > 0.25) return quarterSine(0.5 - x);
  const x2 = (Math.PI * x) ** 2;
  let sum = 1;
  // the series backwards; 20 terms are more than f64 needs up to π/4
  for (let k = 20; k >= 2; k -= 2) sum = 1 - (x2 * sum) / (k * (k - 1));
  return sum;
}

/** sin(π·t) for −½ ≤ t ≤ ½. */
export function sineOfPi(t: number): number {
  return t < 0 ? -sineOfPi(-t) : cosineOfPi(0.5 - t);
}

/** sin(π·t) for 0 ≤ t ≤ ¼. */
function quarterSine(t: number): number {
  const x = Math.PI * t;
  let sum = 1;
  for (let k = 21; k >= 3; k -= 2) sum = 1 - (x * x * sum) / (k * (k - 1));
  return x * sum;
}
