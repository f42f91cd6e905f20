// Quantizes rows of W to 8 bits and packs them into the panels of layout_q8.ts, and back.
import { load_some } from "../simd/part";
import { max as max_lane, sum_i32 } from "../simd/reduce";
import { MAGIC_BITS, round_4 } from "../simd/round";
import { PACKED_STEP, Q8_LARGEST, lane_q8, scale_q8, value_q8 } from "./layout_q8";
import { GROUP } from "./quantized_lhs";
import { NR_Q8 } from "./shape";

/** Quantizes rows [begin, end) of W from src [end − begin, k], f32. */
export function pack_rows_q8(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  // rows of W, four at a time where they are side by side in one panel
  for (let row = begin; row < end;) {
    if (row % 4 == 0 && k % 4 == 0 && end - row >= 4 && put_four_rows(w, row, k, src)) {
      row += 4;
      src += k << 4;
    } else {
      const largest = largest_of(src, k);
      put_row<f32>(w, row++, k, src, largest / Q8_LARGEST, inverse_of(largest));
      src += k << 2;
    }
  }
  if (end == n) pad_rows(w, n, k);
}

/** Rows that are quantized already: `bytes` [end − begin, k] of q, `scales` [end − begin]. */
export function pack_raw_q8(
  begin: usize, end: usize, w: usize, bytes: usize, scales: usize, n: usize, k: usize,
): void {
  // rows of W
  for (let row = begin; row < end; ++row, bytes += k, scales += 4) {
    put_row<i8>(w, row, k, bytes, load<f32>(scales), 0);
  }
  if (end == n) pad_rows(w, n, k);
}

/** Rows [begin, end) as scale·q. */
export function unpack_rows_q8(begin: usize, end: usize, dst: usize, w: usize, k: usize): void {
  // rows of W, and in each the values along k
  for (let row = begin; row < end; ++row) {
    const from = lane_q8(w, row, k), scale = load<f32>(scale_q8(w, row, k));
    for (let p: usize = 0; p < k; ++p, dst += 4) store<f32>(dst, <f32>load<i8>(value_q8(from, p)) * scale);
  }
}

/** Rows [begin, end) as {@link pack_raw_q8} takes them. */
export function unpack_raw_q8(begin: usize, end: usize, bytes: usize, scales: usize, w: usize, k: usize): void {
  // rows of W, and in each the values along k
  for (let row = begin; row < end; ++row, scales += 4) {
    const from = lane_q8(w, row, k);
    for (let p: usize = 0; p < k; ++p, ++bytes) store<u8>(bytes, load<u8>(value_q8(from, p)));
    store<f32>(scales, load<f32>(scale_q8(w, row, k)));
  }
}

/** {@link put_row} for four rows side by side in a panel, k a multiple of 4; false where a row has a value that is not finite. */
function put_four_rows(w: usize, row: usize, k: usize, src: usize): bool {
  const step = k << 2, l0 = largest_of(src, k), l1 = largest_of(src + step, k);
  const l2 = largest_of(src + 2 * step, k), l3 = largest_of(src + 3 * step, k);
  if (!(l0 < Infinity && l1 < Infinity && l2 < Infinity && l3 < Infinity)) return false;
  const i0 = inverse_of(l0), i1 = inverse_of(l1), i2 = inverse_of(l2), i3 = inverse_of(l3);
  let s0 = i32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, to = lane_q8(w, row, k);
  // four values along k of each of the four rows
  for (const end = src + step; src < end; src += 16, to += PACKED_STEP * (4 / GROUP)) {
    const a = round_at(src, i0), b = round_at(src + step, i1);
    const c = round_at(src + 2 * step, i2), d = round_at(src + 3 * step, i3);
    s0 = i32x4.add(s0, a); s1 = i32x4.add(s1, b); s2 = i32x4.add(s2, c); s3 = i32x4.add(s3, d);
    put_sixteen(to, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
  }
  const scales = f32x4.div(f32x4(l0, l1, l2, l3), f32x4.splat(Q8_LARGEST)), at = scale_q8(w, row, k);
  v128.store(at, scales);
  v128.store(at, i32x4(sum_i32(s0), sum_i32(s1), sum_i32(s2), sum_i32(s3)), NR_Q8 * 4);
  return true;
}

// @ts-ignore: decorator
@inline
function round_at(src: usize, inverse: f32): v128 {
  return round_4(v128.load(src), f32x4.splat(inverse), i32x4.splat(-MAGIC_BITS));
}

/** The factor that takes the largest value of a row to Q8_LARGEST. */
// @ts-ignore: decorator
@inline
export function inverse_of(largest: f32): f32 {
  return largest > 1e-30 ? Q8_LARGEST / largest : 0;
}

/** Writes the values of one row with its scale and its sum. */
function put_row<T>(w: usize, row: usize, k: usize, src: usize, scale: f32, inverse: f32): void {
  let sum = i32x4.splat(0), to = lane_q8(w, row, k);
  // four values along k
  for (let p: usize = 0; p < k; p += 4, src += 4 * sizeof<T>()) {
    const q = four<T>(src, min(4, k - p), inverse);
    sum = i32x4.add(sum, q);
    to = put_four(to, q, k - p);
  }
  store<f32>(scale_q8(w, row, k), scale);
  store<i32>(scale_q8(w, row, k), sum_i32(sum), NR_Q8 * 4);
}

/** Zeros for the columns of the last panel that no row fills. */
function pad_rows(w: usize, n: usize, k: usize): void {
  // rows beyond n up to the end of the panel, and in each the values along k
  for (let row = n; row % NR_Q8 != 0; ++row) {
    let to = lane_q8(w, row, k);
    for (let p: usize = 0; p < k; p += 4) to = put_four(to, i32x4.splat(0), k - p);
    store<f32>(scale_q8(w, row, k), 0);
    store<i32>(scale_q8(w, row, k), 0, NR_Q8 * 4);
  }
}

/** The next `count` (1 to 4) values of a row as q, then zeros. */
// @ts-ignore: decorator
@inline
function four<T>(src: usize, count: usize, inverse: f32): v128 {
  if (isFloat<T>()) {
    return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(load_some(src, count), f32x4.splat(inverse))));
  }
  let v = i32x4.splat(0);
  if (count == 4) v = v128.load32_zero(src);
  else {
    v = v128.load8_lane(src, v, 0);
    if (count > 1) v = v128.load8_lane(src, v, 1, 1);
    if (count > 2) v = v128.load8_lane(src, v, 2, 2);
  }
  return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v));
}

/** Writes four q of which `left` are within k; returns the address of the next four. */
// @ts-ignore: decorator
@inline
function put_four(to: usize, q: v128, left: usize): usize {
  const lanes = i16x8.narrow_i32x4_s(q, q), bytes = i8x16.narrow_i16x8_s(lanes, lanes);
  if (GROUP == 4) v128.store32_lane(to, bytes, 0);
  else {
    v128.store16_lane(to, bytes, 0);
    if (left > 2) v128.store16_lane(to, bytes, 1, PACKED_STEP);
  }
  return to + PACKED_STEP * (4 / GROUP);
}

/** Four q of each of four rows. */
// @ts-ignore: decorator
@inline
function put_sixteen(to: usize, bytes: v128): void {
  if (GROUP == 4) v128.store(to, bytes);
  else {
    const pairs = v128.shuffle<i16>(bytes, bytes, 0, 2, 4, 6, 1, 3, 5, 7);
    v128.store64_lane(to, pairs, 0);
    v128.store64_lane(to, pairs, 1, PACKED_STEP);
  }
}

/** max |x| of k values; NaN if one of them is NaN. */
export function largest_of(src: usize, k: usize): f32 {
  let high = f32x4.splat(0), high2 = high, nan_mask = high;
  const end = src + (k << 2);
  // eight values at a time
  for (const wide = src + ((k & ~7) << 2); src < wide; src += 32) {
    const a = v128.load(src), b = v128.load(src, 16);
    high = f32x4.pmax(high, f32x4.abs(a)); high2 = f32x4.pmax(high2, f32x4.abs(b));
    nan_mask = v128.or(nan_mask, v128.or(f32x4.ne(a, a), f32x4.ne(b, b)));
  }
  // the last one to seven values
  for (; src < end; src += 16) {
    const a = load_some(src, min(4, end - src >> 2));
    high = f32x4.pmax(high, f32x4.abs(a));
    nan_mask = v128.or(nan_mask, f32x4.ne(a, a));
  }
  return v128.any_true(nan_mask) ? NaN : max_lane(f32x4.pmax(high, high2));
}
