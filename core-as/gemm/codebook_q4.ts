// 32 weights as 4-bit codes of a non-uniform codebook: an integer block scale m in −127…127 and 16 levels,
// q = (m·LEVEL[code] + 32) >> 6.
import { load_some } from "../simd/part";
import { max as max_lane, sum_i32 } from "../simd/reduce";
import { Q8_LARGEST } from "./layout_q8";

export const BLOCK: usize = 32;
/** Fitted to normal numbers divided by the largest of 32, times 64: bench/lab/codebook.mjs. 0 and the largest are exact. */
const LEVELS: usize = memory.data<i16>([-56, -44, -35, -27, -20, -13, -6, 0, 6, 12, 19, 26, 33, 41, 51, 64]);
/** Block scales tried on either side of the largest value of a block. */
const SEARCH: i32 = 2;

/** The 16 values of block scale m, as bytes. */
// @ts-ignore: decorator
@inline
export function levels_of(m: i32): v128 {
  const factor = i16x8.splat(<i16>m);
  return i8x16.narrow_i16x8_s(eight_levels(factor, LEVELS), eight_levels(factor, LEVELS + 16));
}

// @ts-ignore: decorator
@inline
function eight_levels(factor: v128, levels: usize): v128 {
  return i16x8.shr_s(i16x8.add(i16x8.mul(factor, v128.load(levels)), i16x8.splat(32)), 6);
}

/** Value `code` of block scale m. */
// @ts-ignore: decorator
@inline
export function level(m: i32, code: usize): i32 {
  return (m * load<i16>(LEVELS + (code << 1)) + 32) >> 6;
}

/**
 * Writes the codes and the block scale of `count` values, then zeros; returns Σq. Of the block scales around the largest
 * value, the one with the least squared error is taken. Values are multiplied by 128 while they are compared, and by −1 if
 * that makes their peak positive.
 */
export function encode_block(codes: usize, blockScale: usize, src: usize, count: usize, inverse: f32): i32 {
  const peak = peak_of(src, count), center = <i32>nearest(abs(peak) * inverse), sign = peak < 0 ? -1 : 1;
  const signed: f32 = peak < 0 ? -inverse : inverse;
  const v0 = eight_values(src, count, 0, signed), v1 = eight_values(src, count, 8, signed);
  const v2 = eight_values(src, count, 16, signed), v3 = eight_values(src, count, 24, signed);
  let least = i32.MAX_VALUE, best = 1, kept = i8x16.splat(0);
  // block scales around the one that makes the peak exact
  for (let d = -SEARCH; d <= SEARCH; ++d) {
    const m = max(1, min(<i32>Q8_LARGEST, center + d)), error = encode(codes, sign, m, v0, v1, v2, v3);
    if (error < least) least = error, best = m, kept = v128.load(codes);
  }
  v128.store(codes, kept);
  store<i8>(blockScale, <i8>(sign * best));
  return block_sum(codes, sign * best);
}

/** The first value that no other exceeds in size. NaN counts as no value. */
function peak_of(src: usize, count: usize): f32 {
  const end = src + (count << 2);
  let high = f32x4.splat(0);
  // four values at a time: the largest size …
  for (let at = src; at < end; at += 16) high = f32x4.pmax(high, f32x4.abs(load_some(at, min(4, end - at >> 2))));
  high = f32x4.splat(max_lane(high));
  // … and where it occurs first
  for (let at = src; at < end; at += 16) {
    const found = i32x4.bitmask(f32x4.eq(f32x4.abs(load_some(at, min(4, end - at >> 2))), high));
    if (found) return load<f32>(at + (ctz(found) << 2));
  }
  return 0;
}

/** Σq of a block of codes and block scale m. */
export function block_sum(codes: usize, m: i32): i32 {
  const values = levels_of(m), pairs = v128.load(codes);
  return byte_sum(i8x16.swizzle(values, v128.and(pairs, i8x16.splat(15))))
    + byte_sum(i8x16.swizzle(values, i8x16.shr_u(pairs, 4)));
}

/** Values at … at + 8 of a block as 16-bit lanes, times 128·inverse; zeros beyond `count`. */
function eight_values(src: usize, count: usize, at: usize, inverse: f32): v128 {
  return i16x8.narrow_i32x4_s(four_values(src, count, at, inverse), four_values(src, count, at + 4, inverse));
}

function four_values(src: usize, count: usize, at: usize, inverse: f32): v128 {
  if (count <= at) return i32x4.splat(0);
  const values = f32x4.mul(load_some(src + (at << 2), min(4, count - at)), f32x4.splat(inverse));
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(values, f32x4.splat(128))));
}

/**
 * Writes the codes of the levels of block scale sign·m that are nearest to 32 values times `sign`; returns the squared
 * error. A code is the number of midpoints between neighboring levels that are less than the value.
 */
function encode(codes: usize, sign: i32, m: i32, v0: v128, v1: v128, v2: v128, v3: v128): i32 {
  const factor = i16x8.splat(<i16>(sign * m)), signs = i16x8.splat(<i16>sign);
  const first = i16x8.mul(eight_levels(factor, LEVELS), signs);
  const second = i16x8.mul(eight_levels(factor, LEVELS + 16), signs);
  // midpoints times 128: the sum of two neighbors, shifted by 6
  let lower = i16x8.shl(i16x8.add(first, v128.shuffle<i16>(first, second, 1, 2, 3, 4, 5, 6, 7, 8)), 6);
  let upper = i16x8.shl(i16x8.add(second, v128.shuffle<i16>(second, second, 1, 2, 3, 4, 5, 6, 7, 8)), 6);
  let c0 = i16x8.splat(0), c1 = c0, c2 = c0, c3 = c0;
  // the 15 midpoints in rising order: the next one is in lane 0 of `lower`, and both vectors move down by a lane
  for (let i = 0; i < 15; ++i) {
    const middle = v128.shuffle<i16>(lower, lower, 0, 0, 0, 0, 0, 0, 0, 0);
    // a comparison gives −1 where it holds
    c0 = i16x8.sub(c0, i16x8.gt_s(v0, middle)); c1 = i16x8.sub(c1, i16x8.gt_s(v1, middle));
    c2 = i16x8.sub(c2, i16x8.gt_s(v2, middle)); c3 = i16x8.sub(c3, i16x8.gt_s(v3, middle));
    lower = v128.shuffle<i16>(lower, upper, 1, 2, 3, 4, 5, 6, 7, 8);
    upper = v128.shuffle<i16>(upper, upper, 1, 2, 3, 4, 5, 6, 7, 8);
  }
  // byte p holds the codes of values p and 16 + p
  const low = i8x16.narrow_i16x8_u(c0, c1), high = i8x16.narrow_i16x8_u(c2, c3);
  v128.store(codes, v128.or(low, i8x16.shl(high, 4)));
  const values = i8x16.narrow_i16x8_s(first, second);
  return sum_i32(i32x4.add(
    squared_error(v0, v1, i8x16.swizzle(values, low)), squared_error(v2, v3, i8x16.swizzle(values, high)),
  ));
}

/** Squared distances of sixteen values from bytes q, in four sums. */
// @ts-ignore: decorator
@inline
function squared_error(v0: v128, v1: v128, bytes: v128): v128 {
  const away0 = i16x8.sub(v0, i16x8.shl(i16x8.extend_low_i8x16_s(bytes), 7));
  const away1 = i16x8.sub(v1, i16x8.shl(i16x8.extend_high_i8x16_s(bytes), 7));
  return i32x4.add(i32x4.dot_i16x8_s(away0, away0), i32x4.dot_i16x8_s(away1, away1));
}

// @ts-ignore: decorator
@inline
function byte_sum(v: v128): i32 {
  return sum_i32(i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v)));
}
