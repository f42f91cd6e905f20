// 32 weights as 4-bit codes: an integer factor m in −127…127 and 16 levels, q = (m·LEVEL[code] + 32) >> 6.
import { sum_i32 } from "../simd/reduce";
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
  const factor = i16x8.splat(<i16>m), half = i16x8.splat(32);
  const low = i16x8.shr_s(i16x8.add(i16x8.mul(factor, v128.load(LEVELS)), half), 6);
  const high = i16x8.shr_s(i16x8.add(i16x8.mul(factor, v128.load(LEVELS, 16)), half), 6);
  return i8x16.narrow_i16x8_s(low, high);
}

/** Value `code` of factor m. */
// @ts-ignore: decorator
@inline
export function level(m: i32, code: usize): i32 {
  return (m * load<i16>(LEVELS + (code << 1)) + 32) >> 6;
}

/**
 * Writes the codes and the factor of `count` values, zeros behind them, whose squared error is least among the factors
 * near the largest value; returns Σq. Values are times 128 while they are compared.
 */
export function put_block(codes: usize, factor: usize, src: usize, count: usize, inverse: f32): i32 {
  let peak: f32 = 0;
  for (let p: usize = 0; p < count; ++p) {
    const v = load<f32>(src + (p << 2));
    if (abs(v) > abs(peak)) peak = v;
  }
  const sign = peak < 0 ? -1 : 1, near = <i32>nearest(abs(peak) * inverse);
  const v0 = eight(src, count, 0, inverse), v1 = eight(src, count, 8, inverse);
  const v2 = eight(src, count, 16, inverse), v3 = eight(src, count, 24, inverse);
  let least = i32.MAX_VALUE, best = sign;
  for (let d = -REACH; d <= REACH; ++d) {
    const m = sign * max(1, min(<i32>Q8_LARGEST, near + d)), cost = encode(codes, m, sign, v0, v1, v2, v3);
    if (cost < least) least = cost, best = m;
  }
  encode(codes, best, sign, v0, v1, v2, v3);
  store<i8>(factor, <i8>best);
  return block_sum(codes, best);
}

/** Σq of a block of codes and factor m. */
export function block_sum(codes: usize, m: i32): i32 {
  const values = levels_of(m), pairs = v128.load(codes);
  return byte_sum(i8x16.swizzle(values, v128.and(pairs, i8x16.splat(15))))
    + byte_sum(i8x16.swizzle(values, i8x16.shr_u(pairs, 4)));
}

/** Values at … at + 8 of a block as 16-bit lanes, times 128·inverse. */
function eight(src: usize, count: usize, at: usize, inverse: f32): v128 {
  if (count >= at + 8) {
    const from = src + (at << 2), factor = f32x4.splat(inverse), fine = f32x4.splat(128);
    const low = f32x4.nearest(f32x4.mul(f32x4.mul(v128.load(from), factor), fine));
    const high = f32x4.nearest(f32x4.mul(f32x4.mul(v128.load(from, 16), factor), fine));
    return i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(low), i32x4.trunc_sat_f32x4_s(high));
  }
  let v = i16x8.splat(0);
  for (let p = at + 8; p > at; --p) {
    const value: f32 = p <= count ? load<f32>(src + ((p - 1) << 2)) * inverse * 128 : 0;
    v = v128.shuffle<i16>(v, i16x8.splat(<i16>nearest(value)), 8, 0, 1, 2, 3, 4, 5, 6);
  }
  return v;
}

/**
 * Writes the codes of the levels of factor m that are nearest to 32 values; returns the squared error. A code is how many
 * midpoints between neighbouring levels lie below the value; levels rise once both are multiplied by the sign of m.
 */
function encode(codes: usize, m: i32, sign: i32, v0: v128, v1: v128, v2: v128, v3: v128): i32 {
  const upright = i16x8.splat(<i16>sign);
  const u0 = i16x8.mul(v0, upright), u1 = i16x8.mul(v1, upright);
  const u2 = i16x8.mul(v2, upright), u3 = i16x8.mul(v3, upright);
  let c0 = i16x8.splat(0), c1 = c0, c2 = c0, c3 = c0, last = level(m, 0);
  for (let code: usize = 1; code < 16; ++code) {
    const next = level(m, code), middle = i16x8.splat(<i16>(sign * (last + next) * 64));
    c0 = i16x8.sub(c0, i16x8.gt_s(u0, middle)); c1 = i16x8.sub(c1, i16x8.gt_s(u1, middle));
    c2 = i16x8.sub(c2, i16x8.gt_s(u2, middle)); c3 = i16x8.sub(c3, i16x8.gt_s(u3, middle));
    last = next;
  }
  const low = i8x16.narrow_i16x8_u(c0, c1), high = i8x16.narrow_i16x8_u(c2, c3);
  v128.store(codes, v128.or(low, i8x16.shl(high, 4)));
  const values = levels_of(m);
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
