import { Q8_LARGEST, STEP, values_bytes } from "../gemm/layout_q8";
import { inverse_of } from "../gemm/pack_q8";
import { GROUP } from "../gemm/quantized_lhs";
import { NR_Q8 } from "../gemm/shape";
import { load_some } from "../simd/part";
import { max as max_lane, sum as sum_lanes, sum_i32 } from "../simd/reduce";
import { MAGIC_BITS, round_4 } from "../simd/round";
import { panel_bytes, round_8 } from "./layout_q8";

/** least[c] of column c, round_8(cols) of them, then largest[c] as many; 0 beyond cols. */
export function column_ranges(least: usize, x: usize, stride: usize, rows: usize, cols: usize): void {
  const largest = least + (round_8(cols) << 2);
  let c: usize = 0;
  // 16 columns, a cache line, at a time: the rows of a head are so far apart that they would evict each other
  for (; c + 16 <= cols; c += 16) sixteen_ranges(least + (c << 2), largest + (c << 2), x + (c << 2), stride, rows);
  // the last columns, four at a time, and in them the rows
  for (; c < round_8(cols); c += 4) {
    const count = c < cols ? min(4, cols - c) : 0;
    let low = count ? load_some(x + (c << 2), count) : f32x4.splat(0), high = low;
    for (let i: usize = 1, at = x + (c << 2) + stride; count && i < rows; ++i, at += stride) {
      const v = load_some(at, count);
      low = f32x4.pmin(low, v); high = f32x4.pmax(high, v);
    }
    v128.store(least + (c << 2), low);
    v128.store(largest + (c << 2), high);
  }
}

function sixteen_ranges(least: usize, largest: usize, x: usize, stride: usize, rows: usize): void {
  let low0 = v128.load(x), low1 = v128.load(x, 16), low2 = v128.load(x, 32), low3 = v128.load(x, 48);
  let high0 = low0, high1 = low1, high2 = low2, high3 = low3;
  // rows
  for (let i: usize = 1; i < rows; ++i) {
    x += stride;
    const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48);
    low0 = f32x4.pmin(low0, a); low1 = f32x4.pmin(low1, b); low2 = f32x4.pmin(low2, c); low3 = f32x4.pmin(low3, d);
    high0 = f32x4.pmax(high0, a); high1 = f32x4.pmax(high1, b); high2 = f32x4.pmax(high2, c); high3 = f32x4.pmax(high3, d);
  }
  v128.store(least, low0); v128.store(least, low1, 16); v128.store(least, low2, 32); v128.store(least, low3, 48);
  v128.store(largest, high0); v128.store(largest, high1, 16); v128.store(largest, high2, 32); v128.store(largest, high3, 48);
}

/** center = (least + largest)/2, stored in place of least. */
function center_ranges(least: usize, cols: usize): void {
  const half = f32x4.splat(0.5), largest = least + (round_8(cols) << 2);
  // four columns at a time
  for (let c: usize = 0; c < round_8(cols); c += 4) {
    const low = least + (c << 2), high = largest + (c << 2);
    v128.store(low, f32x4.mul(f32x4.add(v128.load(low), v128.load(high)), half));
  }
}

/** Panels of the keys minus their centers, with a scale for each key; the ranges become centers. Keys beyond the last are 0. */
export function pack_keys_q8(
  out: usize, k: usize, stride: usize, tokens: usize, headDim: usize, centers: usize,
): void {
  center_ranges(centers, headDim);
  // four keys at a time; keys beyond the last are their own centers, hence 0
  for (let t: usize = 0; t < tokens; t += 4, k += 4 * stride) {
    const left = tokens - t, to = out + t / NR_Q8 * panel_bytes(headDim);
    const b = left > 1 ? k + stride : centers, c = left > 2 ? k + 2 * stride : centers;
    const d = left > 3 ? k + 3 * stride : centers;
    pack_four(to, t % NR_Q8, k, b, c, d, headDim, centers);
    if (left <= 4 && t % NR_Q8 == 0) pack_four(to, 4, centers, centers, centers, centers, headDim, centers);
  }
}

/** Keys `at` … at + 3 of a panel. */
function pack_four(
  panel: usize, at: usize, k0: usize, k1: usize, k2: usize, k3: usize, headDim: usize, centers: usize,
): void {
  const step: f32 = 1 / Q8_LARGEST;
  const r0 = reach(k0, centers, headDim), r1 = reach(k1, centers, headDim);
  const r2 = reach(k2, centers, headDim), r3 = reach(k3, centers, headDim);
  const i0 = f32x4.splat(inverse_of(r0)), i1 = f32x4.splat(inverse_of(r1));
  const i2 = f32x4.splat(inverse_of(r2)), i3 = f32x4.splat(inverse_of(r3));
  let s0 = i32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, to = panel + (at << 2);
  // four columns of the four keys
  for (let c: usize = 0; c < headDim; c += 4, to += STEP * (4 / GROUP)) {
    const count = min(4, headDim - c), offset = c << 2, center = v128.load(centers + offset);
    const p = quantize(load_some(k0 + offset, count), center, i0), q = quantize(load_some(k1 + offset, count), center, i1);
    const r = quantize(load_some(k2 + offset, count), center, i2), s = quantize(load_some(k3 + offset, count), center, i3);
    s0 = i32x4.add(s0, p); s1 = i32x4.add(s1, q); s2 = i32x4.add(s2, r); s3 = i32x4.add(s3, s);
    put_rows(to, p, q, r, s, count);
  }
  const scales = panel + values_bytes(headDim) + (at << 2);
  v128.store(scales, f32x4.mul(f32x4(r0, r1, r2, r3), f32x4.splat(step)));
  v128.store(scales, i32x4(sum_i32(s0), sum_i32(s1), sum_i32(s2), sum_i32(s3)), NR_Q8 * 4);
}

/** The largest |x − center|; NaN where an x is NaN or infinite. */
function reach(x: usize, centers: usize, cols: usize): f32 {
  let largest = f32x4.splat(0), trace = largest;
  // four columns at a time
  for (let c: usize = 0; c < cols; c += 4) {
    const away = f32x4.abs(f32x4.sub(load_some(x + (c << 2), min(4, cols - c)), v128.load(centers + (c << 2))));
    largest = f32x4.pmax(largest, away);
    trace = f32x4.add(trace, away);
  }
  return max_lane(largest) + sum_lanes(trace) * 0;
}

/** Panels of the values minus the least of their column, in 7 bits, transposed, with a scale for each column. */
export function pack_values_q8(
  out: usize, v: usize, stride: usize, tokens: usize, headDim: usize, least: usize,
): void {
  const largest = least + (round_8(headDim) << 2), end = values_bytes(tokens);
  // four columns at a time
  for (let c: usize = 0; c < round_8(headDim); c += 4) {
    const panel = out + c / NR_Q8 * panel_bytes(tokens) + (c % NR_Q8 << 2);
    const scales = panel + end;
    const count = c < headDim ? min(4, headDim - c) : 0;
    pack_columns(panel, scales, v + (c << 2), stride, tokens, count, v128.load(least + (c << 2)), v128.load(largest + (c << 2)));
  }
}

/** Four columns, of which `count` exist. A NaN or an infinity makes the scale of its column NaN. */
function pack_columns(
  to: usize, scales: usize, x: usize, stride: usize, tokens: usize, count: usize, least: v128, largest: v128,
): void {
  const range = f32x4.sub(largest, least);
  const inverse = v128.and(
    f32x4.div(f32x4.splat(Q8_LARGEST), range), f32x4.gt(range, f32x4.splat(1e-30)),
  );
  let sums = i32x4.splat(0), trace = f32x4.splat(0);
  // four tokens at a time; tokens beyond the last have the least value, hence q = 0
  for (let t: usize = 0; t < tokens; t += 4, x += 4 * stride, to += STEP * (4 / GROUP)) {
    const left = tokens - t;
    const a = row(x, count, least), b = left > 1 ? row(x + stride, count, least) : least;
    const c = left > 2 ? row(x + 2 * stride, count, least) : least;
    const d = left > 3 ? row(x + 3 * stride, count, least) : least;
    trace = f32x4.add(trace, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    const p = quantize(a, least, inverse), q = quantize(b, least, inverse);
    const r = quantize(c, least, inverse), s = quantize(d, least, inverse);
    sums = i32x4.add(sums, i32x4.add(i32x4.add(p, q), i32x4.add(r, s)));
    put_columns(to, p, q, r, s, left);
  }
  const nan_or_zero = f32x4.mul(trace, f32x4.splat(0));
  v128.store(scales, f32x4.add(f32x4.mul(range, f32x4.splat(1 / Q8_LARGEST)), nan_or_zero));
  v128.store(scales, sums, NR_Q8 * 4);
}

// @ts-ignore: decorator
@inline
function row(x: usize, count: usize, least: v128): v128 {
  return count == 4 ? v128.load(x) : count > 0 ? load_some(x, count) : least;
}

/** round((x − middle)·inverse). */
// @ts-ignore: decorator
@inline
function quantize(x: v128, middle: v128, inverse: v128): v128 {
  return round_4(f32x4.sub(x, middle), inverse, i32x4.splat(-MAGIC_BITS));
}

/** Four rows of four columns to the groups of those columns. */
// @ts-ignore: decorator
@inline
function put_columns(to: usize, a: v128, b: v128, c: v128, d: v128, left: usize): void {
  const ab = i16x8.narrow_i32x4_s(a, b), cd = i16x8.narrow_i32x4_s(c, d);
  if (GROUP == 4) {
    const bytes = i8x16.narrow_i16x8_s(ab, cd);
    v128.store(to, v128.shuffle<i8>(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  } else {
    v128.store(to, v128.shuffle<i16>(ab, ab, 0, 4, 1, 5, 2, 6, 3, 7));
    if (left > 2) v128.store(to, v128.shuffle<i16>(cd, cd, 0, 4, 1, 5, 2, 6, 3, 7), STEP);
  }
}

/** Four neighboring values of four keys to their groups; `count` of them exist. */
// @ts-ignore: decorator
@inline
function put_rows(to: usize, a: v128, b: v128, c: v128, d: v128, count: usize): void {
  const ab = i16x8.narrow_i32x4_s(a, b), cd = i16x8.narrow_i32x4_s(c, d);
  if (GROUP == 4) {
    v128.store(to, i8x16.narrow_i16x8_s(ab, cd));
  } else {
    v128.store(to, v128.shuffle<i32>(ab, cd, 0, 2, 4, 6));
    if (count > 2) v128.store(to, v128.shuffle<i32>(ab, cd, 1, 3, 5, 7), STEP);
  }
}
