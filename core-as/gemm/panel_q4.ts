// Weights of 4 bits that compute as q8: 32 neighbours along k share an integer factor m in −63…63, and each is one of
// 16 levels, q = (m·LEVEL[code] + 32) >> 6; w ≈ scale·q with one scale a row of W. So a panel opens to the integers of a
// q8 panel, exactly. A packed panel is [⌈k/32⌉, 8, 16] of codes (byte p holds values p and 16 + p), [⌈k/32⌉, 8] of
// factors, 8 scales and 8 sums Σq: 17/32 byte a weight.
import { GROUP, row_bytes } from "../quantize_rows";
import { Q8_LARGEST, Q8_OFFSET, STEP, largest_of, quantize_block, values_bytes } from "./panel_q8";
import { MC, MR_Q8, NR_Q8 } from "./shape";
import { tile_q8 } from "./tile_q8";

/** Fitted to normal numbers divided by the largest of 32, times 64: bench/lab/codebook.mjs. 0 and the largest are exact. */
const LEVELS: usize = memory.data<i16>([-56, -44, -35, -27, -20, -13, -6, 0, 6, 12, 19, 26, 33, 41, 51, 64]);
const BLOCK: usize = 32;
/** Factors tried on either side of the largest value of a block. */
const REACH: i32 = 2;

@unmanaged
export class Q4Panel {
  @inline mr(): usize { return MR_Q8; }
  @inline nr(): usize { return NR_Q8; }
  @inline panel_bytes(k: usize): usize { return codes_bytes(k) / 16 * 17 + NR_Q8 * 8; }
  @inline rows_bytes(k: usize): usize { return MC * row_bytes(k); }
  @inline rows(ins: usize, count: usize, k: usize, to: usize): void { quantize_block(ins, count, k, to); }
  @inline open(panel: usize, k: usize, scratch: usize): usize { return open_q4(panel, k, scratch); }
  @inline tile(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
    tile_q8(acc, rows, panel, panel + values_bytes(k));
  }
}

/** Bytes of an opened panel, whole blocks. */
// @ts-ignore: decorator
@inline
export function opened_bytes(k: usize): usize {
  return codes_bytes(k) * 2 + NR_Q8 * 8;
}

/** Unpacks a panel to the layout of panel_q8.ts. What lies beyond k in the last block gives way to scales and sums. */
function open_q4(panel: usize, k: usize, scratch: usize): usize {
  let factors = panel + codes_bytes(k), to = scratch;
  for (const end = factors; panel < end; to += STEP * (BLOCK / GROUP)) {
    for (let j: usize = 0; j < NR_Q8; ++j, panel += 16, ++factors) {
      const values = levels_of(load<i8>(factors)), codes = v128.load(panel);
      const low = i8x16.swizzle(values, v128.and(codes, i8x16.splat(15)));
      const high = i8x16.swizzle(values, i8x16.shr_u(codes, 4));
      scatter(to + j * GROUP, low);
      scatter(to + j * GROUP + STEP * (16 / GROUP), high);
    }
  }
  memory.copy(scratch + values_bytes(k), factors, NR_Q8 * 8);
  return scratch;
}

/** The 16 values of factor m, as bytes q + 64. */
// @ts-ignore: decorator
@inline
function levels_of(m: i32): v128 {
  const factor = i16x8.splat(<i16>m), half = i16x8.splat(32), offset = i16x8.splat(<i16>Q8_OFFSET);
  const low = i16x8.shr_s(i16x8.add(i16x8.mul(factor, v128.load(LEVELS)), half), 6);
  const high = i16x8.shr_s(i16x8.add(i16x8.mul(factor, v128.load(LEVELS, 16)), half), 6);
  return i8x16.narrow_i16x8_u(i16x8.add(low, offset), i16x8.add(high, offset));
}

/** Sixteen neighbours along k of one column to their groups. */
// @ts-ignore: decorator
@inline
function scatter(to: usize, v: v128): void {
  if (GROUP == 4) {
    v128.store32_lane(to, v, 0); v128.store32_lane(to, v, 1, STEP);
    v128.store32_lane(to, v, 2, 2 * STEP); v128.store32_lane(to, v, 3, 3 * STEP);
  } else {
    v128.store16_lane(to, v, 0); v128.store16_lane(to, v, 1, STEP);
    v128.store16_lane(to, v, 2, 2 * STEP); v128.store16_lane(to, v, 3, 3 * STEP);
    v128.store16_lane(to, v, 4, 4 * STEP); v128.store16_lane(to, v, 5, 5 * STEP);
    v128.store16_lane(to, v, 6, 6 * STEP); v128.store16_lane(to, v, 7, 7 * STEP);
  }
}

/** Quantises rows [begin, end) from src [end − begin, k]. */
export function pack_rows_q4(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  for (let row = begin; row < end; ++row, src += k << 2) {
    const largest = largest_of(src, k), inverse: f32 = largest > 1e-30 ? Q8_LARGEST / largest : 0;
    let sum = 0;
    for (let p: usize = 0; p < k; p += BLOCK) {
      sum += put_block(code_at(w, row, p, k), factor_at(w, row, p, k), src + (p << 2), min(BLOCK, k - p), inverse);
    }
    store<f32>(scale_of(w, row, k), largest / Q8_LARGEST);
    store<i32>(scale_of(w, row, k), sum, NR_Q8 * 4);
  }
  if (end != n) return;
  for (let row = n; row % NR_Q8 != 0; ++row) {
    for (let p: usize = 0; p < k; p += BLOCK) put_block(code_at(w, row, p, k), factor_at(w, row, p, k), src, 0, 0);
    store<f32>(scale_of(w, row, k), 0);
    store<i32>(scale_of(w, row, k), 0, NR_Q8 * 4);
  }
}

/** Rows [begin, end) as scale·q. */
export function unpack_rows_q4(begin: usize, end: usize, dst: usize, w: usize, k: usize): void {
  for (let row = begin; row < end; ++row) {
    const scale = load<f32>(scale_of(w, row, k));
    for (let p: usize = 0; p < k; ++p, dst += 4) {
      const pair = load<u8>(code_at(w, row, p, k) + p % 16), code = p % BLOCK < 16 ? pair & 15 : pair >>> 4;
      store<f32>(dst, <f32>level(load<i8>(factor_at(w, row, p, k)), code) * scale);
    }
  }
}

/** Value `code` of factor m. */
// @ts-ignore: decorator
@inline
function level(m: i32, code: usize): i32 {
  return (m * load<i16>(LEVELS + (code << 1)) + 32) >> 6;
}

/**
 * Writes the codes and the factor of `count` values, zeros behind them, whose squared error is least among the factors
 * near the largest value; returns Σq. Values are times 128 while they are compared.
 */
function put_block(codes: usize, factor: usize, src: usize, count: usize, inverse: f32): i32 {
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
  const values = levels_of(best), pairs = v128.load(codes);
  return byte_sum(i8x16.swizzle(values, v128.and(pairs, i8x16.splat(15))))
    + byte_sum(i8x16.swizzle(values, i8x16.shr_u(pairs, 4))) - <i32>BLOCK * Q8_OFFSET;
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
  return lane_sum(i32x4.add(error(v0, v1, i8x16.swizzle(values, low)), error(v2, v3, i8x16.swizzle(values, high))));
}

/** Squared distances of sixteen values from bytes q + 64, in four sums. */
// @ts-ignore: decorator
@inline
function error(v0: v128, v1: v128, bytes: v128): v128 {
  const offset = i16x8.splat(<i16>Q8_OFFSET);
  const away0 = i16x8.sub(v0, i16x8.shl(i16x8.sub(i16x8.extend_low_i8x16_u(bytes), offset), 7));
  const away1 = i16x8.sub(v1, i16x8.shl(i16x8.sub(i16x8.extend_high_i8x16_u(bytes), offset), 7));
  return i32x4.add(i32x4.dot_i16x8_s(away0, away0), i32x4.dot_i16x8_s(away1, away1));
}

// @ts-ignore: decorator
@inline
function byte_sum(v: v128): i32 {
  return lane_sum(i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v)));
}

// @ts-ignore: decorator
@inline
function lane_sum(v: v128): i32 {
  const half = i32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return i32x4.extract_lane(half, 0) + i32x4.extract_lane(half, 1);
}

/** Bytes of the codes of a panel; where a row's codes and factor of the block of p lie, and its scale. */
// @ts-ignore: decorator
@inline
function codes_bytes(k: usize): usize {
  return (k + BLOCK - 1) / BLOCK * NR_Q8 * 16;
}

// @ts-ignore: decorator
@inline
function panel_of(w: usize, row: usize, k: usize): usize {
  return w + row / NR_Q8 * (codes_bytes(k) / 16 * 17 + NR_Q8 * 8);
}

// @ts-ignore: decorator
@inline
function code_at(w: usize, row: usize, p: usize, k: usize): usize {
  return panel_of(w, row, k) + (p / BLOCK * NR_Q8 + row % NR_Q8) * 16;
}

// @ts-ignore: decorator
@inline
function factor_at(w: usize, row: usize, p: usize, k: usize): usize {
  return panel_of(w, row, k) + codes_bytes(k) + p / BLOCK * NR_Q8 + row % NR_Q8;
}

// @ts-ignore: decorator
@inline
function scale_of(w: usize, row: usize, k: usize): usize {
  return panel_of(w, row, k) + codes_bytes(k) / 16 * 17 + row % NR_Q8 * 4;
}
