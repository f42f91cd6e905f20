// Special functions in f64, good to about 1e-14 relative: what the f32 ones of the core are measured against.

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/** 2/√π · Σ (−1)ⁿ x^(2n+1) / (n!(2n+1)), summed in the form without cancellation: e^−x² Σ 2ⁿ x^(2n+1) / (2n+1)!!. */
export function erf(x: number): number {
  if (Math.abs(x) > 2) return Math.sign(x) * (1 - erfc(Math.abs(x)));
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/** e^x²·erfc(x) for x ≥ 0, by the continued fraction 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))) / √π from 2 on. */
export function erfcx(x: number): number {
  if (x < 2) return Math.exp(x * x) * (1 - erf(x));
  let tail = x;
  for (let n = 200; n > 0; n--) tail = x + n / 2 / tail;
  return 1 / (tail * Math.sqrt(Math.PI));
}

/** 1 − erf(x), relatively exact in the right tail. */
export function erfc(x: number): number {
  return x < 0 ? 1 + erf(-x) : x < 2 ? 1 - erf(x) : Math.exp(-x * x) * erfcx(x);
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
