// 32 weights as 4-bit codes: an integer factor m in −127…127 and 16 levels, q = (m·LEVEL[code] + 32) >> 6.
import { load_some } from "../simd/part";
import { max as max_lane, sum_i32 } from "../simd/reduce";
import { Q8_LARGEST } from "./panel_q8";

export const BLOCK: usize = 32;
/** Fitted to normal numbers divided by the largest of 32, times 64: bench/lab/codebook.mjs. 0 and the largest are exact. */
const LEVELS: usize = memory.data<i16>([-56, -44, -35, -27, -20, -13, -6, 0, 6, 12, 19, 26, 33, 41, 51, 64]);
/** Factors tried on either side of the largest value of a block. */
const REACH: i32 = 2;

/** The 16 values of factor m, as bytes. */
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

/** Value `code` of factor m. */
// @ts-ignore: decorator
@inline
export function level(m: i32, code: usize): i32 {
  return (m * load<i16>(LEVELS + (code << 1)) + 32) >> 6;
}

/**
 * Writes the codes and the factor of `count` values, zeros behind them, whose squared error is least among the factors
 * near the largest value; returns Σq. Values are times 128 while they are compared, and their peak is made positive.
 */
export function put_block(codes: usize, factor: usize, src: usize, count: usize, inverse: f32): i32 {
  const peak = peak_of(src, count), near = <i32>nearest(abs(peak) * inverse), sign = peak < 0 ? -1 : 1;
  const upright: f32 = peak < 0 ? -inverse : inverse;
  const v0 = eight(src, count, 0, upright), v1 = eight(src, count, 8, upright);
  const v2 = eight(src, count, 16, upright), v3 = eight(src, count, 24, upright);
  let least = i32.MAX_VALUE, best = 1, kept = i8x16.splat(0);
  for (let d = -REACH; d <= REACH; ++d) {
    const m = max(1, min(<i32>Q8_LARGEST, near + d)), cost = encode(codes, sign, m, v0, v1, v2, v3);
    if (cost < least) least = cost, best = m, kept = v128.load(codes);
  }
  v128.store(codes, kept);
  store<i8>(factor, <i8>(sign * best));
  return block_sum(codes, sign * best);
}

/** The first value that no other exceeds in size. NaN counts as none. */
function peak_of(src: usize, count: usize): f32 {
  const end = src + (count << 2);
  let high = f32x4.splat(0);
  for (let at = src; at < end; at += 16) high = f32x4.pmax(high, f32x4.abs(load_some(at, min(4, end - at >> 2))));
  high = f32x4.splat(max_lane(high));
  for (let at = src; at < end; at += 16) {
    const found = i32x4.bitmask(f32x4.eq(f32x4.abs(load_some(at, min(4, end - at >> 2))), high));
    if (found) return load<f32>(at + (ctz(found) << 2));
  }
  return 0;
}

/** Σq of a block of codes and factor m. */
export function block_sum(codes: usize, m: i32): i32 {
  const values = levels_of(m), pairs = v128.load(codes);
  return byte_sum(i8x16.swizzle(values, v128.and(pairs, i8x16.splat(15))))
    + byte_sum(i8x16.swizzle(values, i8x16.shr_u(pairs, 4)));
}

/** Values at … at + 8 of a block as 16-bit lanes, times 128·inverse; zeros behind `count`. */
function eight(src: usize, count: usize, at: usize, inverse: f32): v128 {
  return i16x8.narrow_i32x4_s(fine_four(src, count, at, inverse), fine_four(src, count, at + 4, inverse));
}

function fine_four(src: usize, count: usize, at: usize, inverse: f32): v128 {
  if (count <= at) return i32x4.splat(0);
  const values = f32x4.mul(load_some(src + (at << 2), min(4, count - at)), f32x4.splat(inverse));
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(values, f32x4.splat(128))));
}

/**
 * Writes the codes of the levels of factor sign·m that are nearest to 32 values times `sign`; returns the squared error. A
 * code is how many midpoints between neighbouring levels lie below the value.
 */
function encode(codes: usize, sign: i32, m: i32, v0: v128, v1: v128, v2: v128, v3: v128): i32 {
  const factor = i16x8.splat(<i16>(sign * m)), upright = i16x8.splat(<i16>sign);
  const first = i16x8.mul(eight_levels(factor, LEVELS), upright);
  const second = i16x8.mul(eight_levels(factor, LEVELS + 16), upright);
  let lower = i16x8.shl(i16x8.add(first, v128.shuffle<i16>(first, second, 1, 2, 3, 4, 5, 6, 7, 8)), 6);
  let upper = i16x8.shl(i16x8.add(second, v128.shuffle<i16>(second, second, 1, 2, 3, 4, 5, 6, 7, 8)), 6);
  let c0 = i16x8.splat(0), c1 = c0, c2 = c0, c3 = c0;
  for (let i = 0; i < 15; ++i) {
    const middle = v128.shuffle<i16>(lower, lower, 0, 0, 0, 0, 0, 0, 0, 0);
    c0 = i16x8.sub(c0, i16x8.gt_s(v0, middle)); c1 = i16x8.sub(c1, i16x8.gt_s(v1, middle));
    c2 = i16x8.sub(c2, i16x8.gt_s(v2, middle)); c3 = i16x8.sub(c3, i16x8.gt_s(v3, middle));
    lower = v128.shuffle<i16>(lower, upper, 1, 2, 3, 4, 5, 6, 7, 8);
    upper = v128.shuffle<i16>(upper, upper, 1, 2, 3, 4, 5, 6, 7, 8);
  }
  const low = i8x16.narrow_i16x8_u(c0, c1), high = i8x16.narrow_i16x8_u(c2, c3);
  v128.store(codes, v128.or(low, i8x16.shl(high, 4)));
  const values = i8x16.narrow_i16x8_s(first, second);
  return sum_i32(i32x4.add(error(v0, v1, i8x16.swizzle(values, low)), error(v2, v3, i8x16.swizzle(values, high))));
}

/** Squared distances of sixteen values from bytes q, in four sums. */
// @ts-ignore: decorator
@inline
function error(v0: v128, v1: v128, bytes: v128): v128 {
  const away0 = i16x8.sub(v0, i16x8.shl(i16x8.extend_low_i8x16_s(bytes), 7));
  const away1 = i16x8.sub(v1, i16x8.shl(i16x8.extend_high_i8x16_s(bytes), 7));
  return i32x4.add(i32x4.dot_i16x8_s(away0, away0), i32x4.dot_i16x8_s(away1, away1));
}

// @ts-ignore: decorator
@inline
function byte_sum(v: v128): i32 {
  return sum_i32(i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v)));
}
