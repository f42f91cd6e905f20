/** cos(π·t) for −1 ≤ t ≤ 1, from IEEE operations alone: the same bits in every engine. */
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
