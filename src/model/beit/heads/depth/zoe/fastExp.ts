import { exp } from '../../../../../math.ts';

const STEPS = 64;
/** 2^(i / 64). */
const POWERS = Float64Array.from({ length: STEPS }, (_, i) => exp((i * Math.LN2) / STEPS));
const value = new Float64Array(1);
const words = new Int32Array(value.buffer);

/**
 * e^x for −700 < x ≤ 0, 0 below, to 1e-13: for sums of many. From IEEE operations alone, so that it is the same bits everywhere;
 * `src/math.ts` has the exact one.
 */
export function fastExp(x: number): number {
  if (x < -700) return 0;
  const k = Math.floor(x * (STEPS / Math.LN2) + 0.5);
  const r = x - k * (Math.LN2 / STEPS); // |r| ≤ 0.0055
  const series = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120)))));
  // 2^⌊k / 64⌋ by its exponent; of little-endian machines alone is WebAssembly
  words[0] = 0;
  words[1] = ((k >> 6) + 1023) << 20;
  return series * POWERS[k & (STEPS - 1)] * value[0];
}
