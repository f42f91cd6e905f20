// Quantizes rows of activations to 7 bits with a scale and a zero point for each row, as the integer tiles read them:
//   x ≈ scale·(q − zero), q in 0…127, scale = (max − min)/127 with 0 among the values.
// A few outliers would leave a handful of steps to all other values of their row. Where a value exceeds FAR root mean squares
// (rms), the range ends at NEAR rms, and the residuals of the values outside of it are listed: nothing is clipped.
// Outliers raise the rms itself, so it is computed again without them as long as that lowers it.
import { madd } from "../simd/lanes";
import { load_some } from "../simd/part";
import { max as max_lane, sum } from "../simd/reduce";
import { MAGIC, MAGIC_BITS, round_4 } from "../simd/round";
import { list_residuals } from "./outliers";
import { GROUP, OUTLIERS, ROW_COUNT, ROW_HEADER, ROW_LIST, quantized_row_bytes, store_8 } from "./quantized_lhs";
import { MR_Q8 } from "./shape";

/** The largest q. */
const LARGEST: f32 = 127;
/** Measured: bench/lab/README.md. */
const FAR: f32 = 6;
const NEAR: f32 = 4;
const ROUNDS: i32 = 3;
/** Below it squares lose bits. */
const LEAST_SQUARE: f32 = 1e-30;
/** A position in the list has 16 bits. */
const MOST_POSITIONS: usize = 65536;

/** Quantizes `count` rows into `to`. In the table `rows`, the addresses of their values replace those of the rows of f32. */
export function pack_lhs_q8(rows: usize, count: usize, k: usize, to: usize): void {
  const size = quantized_row_bytes(k);
  // the rows of a block
  for (let i: usize = 0; i < count; ++i, to += size) {
    quantize_row(to, load<usize>(rows + (i << 2)), k);
    store<usize>(rows + (i << 2), to + ROW_HEADER);
  }
  // the rows that the last tile lacks repeat the last one
  for (let i = count; i % MR_Q8 != 0; ++i) store<usize>(rows + (i << 2), to - size + ROW_HEADER);
}

/** Quantizes one row of k values, zeros up to a multiple of eight. A NaN or an infinity makes the scale NaN, and so the result. */
export function quantize_row(to: usize, x: usize, k: usize): void {
  let low = f32x4.splat(0), high = low, low2 = low, high2 = low, squares = low, squares2 = low, at = x;
  const end = x + (k << 2);
  // eight values at a time: least, largest and Σx²
  for (const whole = x + ((k & ~7) << 2); at < whole; at += 32) {
    const a = v128.load(at), b = v128.load(at, 16);
    low = f32x4.pmin(low, a); high = f32x4.pmax(high, a); squares = madd(a, a, squares);
    low2 = f32x4.pmin(low2, b); high2 = f32x4.pmax(high2, b); squares2 = madd(b, b, squares2);
  }
  // the last one to seven values
  for (; at < end; at += 4) {
    const a = v128.load32_zero(at);
    low = f32x4.pmin(low, a); high = f32x4.pmax(high, a); squares = madd(a, a, squares);
  }
  const min = -max_lane(f32x4.neg(f32x4.pmin(low, low2))), max = max_lane(f32x4.pmax(high, high2));
  const square = sum(f32x4.add(squares, squares2)), rms = sqrt<f32>(square / <f32>k), far = FAR * rms;
  if ((max > far || min < -far) && square > LEAST_SQUARE && k <= MOST_POSITIONS) {
    const near = near_limit(x, k, NEAR * rms), bottom = min < -near ? -near : min, top = max > near ? near : max;
    if (quantize_range(to, x, k, bottom, top, true)) return;
  }
  quantize_range(to, x, k, min, square == square ? max : NaN, false);
}

/** NEAR rms of the values within ±near, computed again up to ROUNDS times as long as it halves at least. */
function near_limit(x: usize, k: usize, near: f32): f32 {
  // rounds without the values beyond the last limit
  for (let round = 0; round < ROUNDS; ++round) {
    const next = NEAR * sqrt<f32>(square_within(x, k, near) / <f32>k);
    if (!(next < 0.5 * near)) break;
    near = next;
  }
  return near;
}

/** Σx² of the values within ±near; NaN when more values are outside than a list has entries. */
function square_within(x: usize, k: usize, near: f32): f32 {
  const limit = f32x4.splat(near);
  let squares = f32x4.splat(0), outside = 0;
  // four values at a time
  for (let p: usize = 0; p < k; p += 4, x += 16) {
    const v = load_some(x, min<usize>(k - p, 4)), inside = f32x4.le(f32x4.abs(v), limit);
    outside += 4 - popcnt(i32x4.bitmask(inside));
    squares = madd(v128.and(v, inside), v, squares);
  }
  return outside > OUTLIERS ? NaN : sum(squares);
}

/** Quantizes to min … max and lists the residuals if values are `outside`; false when the list is too short for them. */
function quantize_range(to: usize, x: usize, k: usize, min: f32, max: f32, outside: bool): bool {
  const range = max - min, inverse: f32 = range > 1e-30 ? LARGEST / range : 0;
  const zero = reinterpret<i32>(-min * inverse + MAGIC) - MAGIC_BITS;
  const factor = f32x4.splat(inverse), bias = i32x4.splat(zero - MAGIC_BITS);
  const count = outside ? list_residuals(to + ROW_LIST, x, k, inverse, zero) : 0;
  if (count > OUTLIERS) return false;
  // of an infinite value nothing is left, and the bits of a NaN differ between processors
  store<f32>(to, range < Infinity ? range / LARGEST : NaN);
  store<i32>(to, zero, 4);
  store<i32>(to, count, ROW_COUNT);
  quantize_values(to + ROW_HEADER, x, k, factor, bias);
  return true;
}

/** q = round(x·inverse) + zero clamped to 0…127, eight at a time; `bias` is zero less the bits of MAGIC. */
// @ts-ignore: decorator
@inline
function quantize_values(to: usize, x: usize, k: usize, inverse: v128, bias: v128): void {
  // eight values at a time
  for (; k >= 8; k -= 8, x += 32, to += 8 * (4 / GROUP)) {
    store_8(to, narrow_8(round_4(v128.load(x), inverse, bias), round_4(v128.load(x, 16), inverse, bias)));
  }
  if (k > 0) {
    const second = k > 4 ? load_some(x + 16, k - 4) : f32x4.splat(0);
    const q = narrow_8(round_4(load_some(x, min<usize>(k, 4)), inverse, bias), round_4(second, inverse, bias));
    store_8(to, v128.and(q, i16x8.lt_s(i16x8(0, 1, 2, 3, 4, 5, 6, 7), i16x8.splat(<i16>k))));
  }
}

/** As 16-bit lanes, 0 and above: an outlier or a NaN must not reach the sign of a byte. */
// @ts-ignore: decorator
@inline
function narrow_8(a: v128, b: v128): v128 {
  return i16x8.max_s(i16x8.narrow_i32x4_s(a, b), i16x8.splat(0));
}
