/**
 * exp and ln from IEEE operations alone. `Math.exp` and `Math.log` may differ in their last bit between engines; these
 * cannot. Relative error below 1e-15 where the result is normal.
 */

/** e^x for any number. */
export function exp(x: number): number {
  if (Number.isNaN(x) || x > 709.7) return x > 709.7 ? Number.POSITIVE_INFINITY : x;
  if (x < -745.2) return 0;
  const k = Math.round(x / Math.LN2);
  // ln 2 in two parts, the first short enough that k times it is exact
  const r = x - k * 0.6931471803691238 - k * 1.9082149292705877e-10;
  let sum = 1;
  for (let i = 17; i >= 1; i--) sum = 1 + (sum * r) / i;
  // two steps, since 2^k alone may leave the range that the result is in
  const half = Math.trunc(k / 2);
  return sum * powerOfTwo(half) * powerOfTwo(k - half);
}

/** Of a power of two; kept, because making one takes longer than all else in `exp`. */
const bits = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  return bits.getFloat64(0);
}

/** ln x for x > 0: powers of two out, then 2·artanh((m − 1)/(m + 1)) as a series. */
export function ln(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN;
  let doublings = 0;
  for (; x < 0.75; x *= 2) doublings--;
  for (; x > 1.5; x /= 2) doublings++;
  const z = (x - 1) / (x + 1);
  let sum = 0;
  for (let k = 33; k >= 1; k -= 2) sum = sum * z * z + 1 / k;
  return 2 * z * sum + doublings * Math.LN2;
}

/** softmax over a row, in f64: scores that sum to 1. */
export function softmax(row: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(row);
  const peak = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => exp(value - peak));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Elements of an array of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
