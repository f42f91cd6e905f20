// Rows of f32 to signed bytes with a scale and a zero point each, as the integer tiles read them:
//   x ≈ scale·(q − zero), q in −128…127, scale = (max − min)/255 with 0 among the values.
// A quantised row is a header and then its values: bytes for the relaxed dot, 16-bit lanes for the strict one.

/** Header: scale f32, zero i32, 64·Σq i32, nothing. */
export const ROW_HEADER: usize = 16;
/** Inputs that one step of a tile takes of a row: 32 bits of them. */
export const GROUP: usize = ASC_FEATURE_RELAXED_SIMD ? 4 : 2;

/** Bytes of a quantised row of k values. */
// @ts-ignore: decorator
@inline
export function row_bytes(k: usize): usize {
  return ROW_HEADER + ((k + 7) & ~7) * (4 / GROUP);
}

/** Quantises one row of k values; what fills the last eight is 0. NaN makes scale NaN, so that it is not lost. */
export function quantize_row(to: usize, x: usize, k: usize): void {
  let low = f32x4.splat(0), high = low;
  const whole = x + ((k & ~3) << 2), end = x + (k << 2);
  for (let at = x; at < whole; at += 16) {
    const v = v128.load(at);
    low = f32x4.min(low, v); high = f32x4.max(high, v);
  }
  for (let at = whole; at < end; at += 4) {
    const v = v128.load32_splat(at);
    low = f32x4.min(low, v); high = f32x4.max(high, v);
  }
  const min = least(low), range = -least(f32x4.neg(high)) - min;
  const inverse: f32 = range > 1e-30 ? 255 / range : 0;
  const zero = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.splat(-128 - min * inverse)));
  store<f32>(to, range / 255);
  store<i32>(to, i32x4.extract_lane(zero, 0), 4);
  store<i32>(to, quantize_values(to + ROW_HEADER, x, k, f32x4.splat(inverse), zero) << 6, 8);
}

/** q = round(x·inverse) + zero, eight at a time; returns Σq. */
// @ts-ignore: decorator
@inline
function quantize_values(to: usize, x: usize, k: usize, inverse: v128, zero: v128): i32 {
  const ones = i16x8.splat(1);
  let sum = i32x4.splat(0);
  for (; k >= 8; k -= 8, x += 32, to += 8 * (4 / GROUP)) {
    const q = round_8(v128.load(x), v128.load(x, 16), inverse, zero);
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(q, ones));
    put_8(to, q);
  }
  if (k > 0) {
    let q = round_8(partial(x, k), k > 4 ? partial(x + 16, k - 4) : f32x4.splat(0), inverse, zero);
    q = v128.and(q, i16x8.lt_s(i16x8(0, 1, 2, 3, 4, 5, 6, 7), i16x8.splat(<i16>k)));
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(q, ones));
    put_8(to, q);
  }
  sum = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1);
}

/** Eight values as 16-bit lanes in −128…127. */
// @ts-ignore: decorator
@inline
function round_8(a: v128, b: v128, inverse: v128, zero: v128): v128 {
  const low = i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(a, inverse))), zero);
  const high = i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(b, inverse))), zero);
  const q = i16x8.narrow_i32x4_s(low, high);
  return i16x8.max_s(i16x8.min_s(q, i16x8.splat(127)), i16x8.splat(-128));
}

// @ts-ignore: decorator
@inline
function put_8(to: usize, q: v128): void {
  if (ASC_FEATURE_RELAXED_SIMD) v128.store64_lane(to, i8x16.narrow_i16x8_s(q, q), 0);
  else v128.store(to, q);
}

/** The first k (1 … 4) values at x, then zeros. */
// @ts-ignore: decorator
@inline
function partial(x: usize, k: usize): v128 {
  if (k >= 4) return v128.load(x);
  let v = v128.load32_zero(x);
  if (k > 1) v = v128.load32_lane(x, v, 1, 4);
  if (k > 2) v = v128.load32_lane(x, v, 2, 8);
  return v;
}

/** The least lane; NaN if any lane is. */
// @ts-ignore: decorator
@inline
function least(v: v128): f32 {
  v = f32x4.min(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.min(v, v128.shuffle<f32>(v, v, 1, 0, 3, 2)), 0);
}
