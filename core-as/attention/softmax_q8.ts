import { GROUP, ROW_COUNT, ROW_HEADER, store_8 } from "../gemm/quantized_lhs";
import { constant, madd } from "../simd/lanes";
import { max, sum, sum_i32 } from "../simd/reduce";
import { MAGIC_BITS } from "../simd/round";
import { round_8 } from "./layout_q8";

/** 1/ln 2 · below it 255·2^x rounds to 0 · what rounds to an integer when added · 255·2^f, |f| ≤ ½, from bench/lab/minimax.ts. */
const TABLE: usize = memory.data<f32>([
  1.4426950408889634, -10, 12582912, 254.981659, 176.781555, 61.8658333, 14.0687428,
]);
/** The zero point of probabilities: 0 … 255 as signed bytes. */
const ZERO: i32 = -128;
/** Fills the row after the last key: far below any score, and finite. */
const LOWEST: f32 = -1e30;

/**
 * Softmax of a row of scores, plus `bias` if it is not 0, as quantized probabilities: q + 128 = round(255·e^(s − max s)), with
 * a scale that makes their sum `mask`. NaN or +Infinity makes the scale NaN. scores and bias have room for
 * round_8(tokens) floats.
 */
export function softmax_q8(to: usize, scores: usize, bias: usize, tokens: usize, mask: f32): void {
  const end = scores + (round_8(tokens) << 2);
  // fills the row up to a multiple of eight
  for (let at = scores + (tokens << 2); at < end; at += 4) store<f32>(at, LOWEST);
  if (bias) for (let i = tokens; i < round_8(tokens); ++i) store<f32>(bias + (i << 2), 0);
  const largest = add_bias(scores, end, bias);
  const total = quantize_powers(to + ROW_HEADER, scores, end, f32x4.splat(largest));
  store<f32>(to, abs(largest) < Infinity ? mask / <f32>(total - ZERO * <i32>round_8(tokens)) : NaN);
  store<i32>(to, ZERO, 4);
  store<i32>(to, 0, ROW_COUNT);
}

/** scores += bias; returns the largest score, NaN when one is NaN. */
// @ts-ignore: decorator
@inline
function add_bias(scores: usize, end: usize, bias: usize): f32 {
  let high = f32x4.splat(-Infinity), high2 = high, trace = f32x4.splat(0);
  // eight scores at a time
  for (; scores < end; scores += 32) {
    let a = v128.load(scores), b = v128.load(scores, 16);
    if (bias) {
      a = f32x4.add(a, v128.load(bias)); b = f32x4.add(b, v128.load(bias, 16));
      v128.store(scores, a); v128.store(scores, b, 16);
      bias += 32;
    }
    high = f32x4.pmax(high, a); high2 = f32x4.pmax(high2, b);
    trace = f32x4.add(trace, f32x4.add(a, b));
  }
  const lost = sum(trace);
  return lost == lost ? max(f32x4.pmax(high, high2)) : NaN;
}

/** Writes the bytes; returns Σq. */
// @ts-ignore: decorator
@inline
function quantize_powers(to: usize, scores: usize, end: usize, largest: v128): i32 {
  let total = i32x4.splat(0);
  // eight scores at a time
  for (; scores < end; scores += 32, to += 8 * (4 / GROUP)) {
    const a = power(v128.load(scores), largest), b = power(v128.load(scores, 16), largest);
    const q = i16x8.narrow_i32x4_s(a, b);
    store_8(to, q);
    total = i32x4.add(total, i32x4.extadd_pairwise_i16x8_s(q));
  }
  return sum_i32(total);
}

/** round(255·e^(x − largest)) − 128, e^x as 2^n·2^f with an integer n and |f| ≤ ½. */
// @ts-ignore: decorator
@inline
function power(x: v128, largest: v128): v128 {
  const magic = constant(TABLE, 2);
  const y = f32x4.pmax(constant(TABLE, 1), f32x4.mul(f32x4.sub(x, largest), constant(TABLE, 0)));
  const shifted = f32x4.add(y, magic), f = f32x4.sub(y, f32x4.sub(shifted, magic));
  let p = madd(constant(TABLE, 6), f, constant(TABLE, 5));
  p = madd(p, f, constant(TABLE, 4));
  p = madd(p, f, constant(TABLE, 3));
  const value = i32x4.add(p, i32x4.shl(shifted, 23));
  return i32x4.sub(f32x4.add(value, magic), i32x4.splat(MAGIC_BITS - ZERO));
}
