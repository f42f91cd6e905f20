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

/** Adding it rounds a small f32 to an integer, ties to even, which then stands in the low bits. */
const MAGIC: f32 = 12582912;
const MAGIC_BITS: i32 = 0x4b400000;

/** Quantises one row of k values; what fills the last eight is 0. NaN makes scale NaN, so that it is not lost. */
export function quantize_row(to: usize, x: usize, k: usize): void {
  let low = f32x4.splat(0), high = low, low2 = low, high2 = low, nan = low;
  let at = x;
  const end = x + (k << 2);
  for (const whole = x + ((k & ~7) << 2); at < whole; at += 32) {
    const a = v128.load(at), b = v128.load(at, 16);
    low = f32x4.pmin(low, a); high = f32x4.pmax(high, a);
    low2 = f32x4.pmin(low2, b); high2 = f32x4.pmax(high2, b);
    nan = v128.or(nan, v128.or(f32x4.ne(a, a), f32x4.ne(b, b)));
  }
  for (; at < end; at += 4) {
    const a = v128.load32_splat(at);
    low = f32x4.pmin(low, a); high = f32x4.pmax(high, a);
    nan = v128.or(nan, f32x4.ne(a, a));
  }
  const min = least(f32x4.pmin(low, low2)), max = -least(f32x4.neg(f32x4.pmax(high, high2)));
  const range: f32 = v128.any_true(nan) ? NaN : max - min;
  const inverse: f32 = range > 1e-30 ? 255 / range : 0;
  const zero = reinterpret<i32>(-128 - min * inverse + MAGIC) - MAGIC_BITS;
  store<f32>(to, range / 255);
  store<i32>(to, zero, 4);
  store<i32>(to, quantize_values(to + ROW_HEADER, x, k, f32x4.splat(inverse), i32x4.splat(zero - MAGIC_BITS)) << 6, 8);
}

/** q = round(x·inverse) + zero, eight at a time; `bias` is zero less the bits of MAGIC. Returns Σq. */
// @ts-ignore: decorator
@inline
function quantize_values(to: usize, x: usize, k: usize, inverse: v128, bias: v128): i32 {
  let sum = i32x4.splat(0);
  for (; k >= 8; k -= 8, x += 32, to += 8 * (4 / GROUP)) {
    sum = put_8(to, round_8(v128.load(x), v128.load(x, 16), inverse, bias), sum);
  }
  if (k > 0) {
    const q = round_8(partial(x, k), k > 4 ? partial(x + 16, k - 4) : f32x4.splat(0), inverse, bias);
    sum = put_8(to, v128.and(q, i16x8.lt_s(i16x8(0, 1, 2, 3, 4, 5, 6, 7), i16x8.splat(<i16>k))), sum);
  }
  sum = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1);
}

/** Eight values as 16-bit lanes; rounding may carry the largest to 128. */
// @ts-ignore: decorator
@inline
function round_8(a: v128, b: v128, inverse: v128, bias: v128): v128 {
  const magic = f32x4.splat(MAGIC);
  return i16x8.narrow_i32x4_s(
    i32x4.add(f32x4.add(f32x4.mul(a, inverse), magic), bias),
    i32x4.add(f32x4.add(f32x4.mul(b, inverse), magic), bias),
  );
}

/** Stores eight values clamped to −128…127; returns sum + Σq in four parts. */
// @ts-ignore: decorator
@inline
export function put_8(to: usize, q: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    const bytes = i8x16.narrow_i16x8_s(q, i16x8.splat(0));
    v128.store64_lane(to, bytes, 0);
    return i32x4.relaxed_dot_i8x16_i7x16_add_s(bytes, i8x16.splat(1), sum);
  }
  const clamped = i16x8.max_s(i16x8.min_s(q, i16x8.splat(127)), i16x8.splat(-128));
  v128.store(to, clamped);
  return i32x4.add(sum, i32x4.dot_i16x8_s(clamped, i16x8.splat(1)));
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

/** The least lane. */
// @ts-ignore: decorator
@inline
function least(v: v128): f32 {
  v = f32x4.pmin(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmin(v, v128.shuffle<f32>(v, v, 1, 0, 3, 2)), 0);
}
