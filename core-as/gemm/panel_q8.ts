// Weights of 8 bits, symmetric, one scale a row of W: w ≈ scale·q, q in −127…127, kept as bytes in panels
// [⌈k/GROUP⌉, 8, GROUP], each followed by 8 scales and 8 sums Σq. Bytes beyond k are 0, rows beyond n too. A tile reads
// 32 bits a group and column: the strict build widens a panel to 16-bit lanes once for all rows that it meets.
import { quantize_row } from "./quantize_lhs";
import { GROUP, ROW_HEADER, row_bytes } from "./quantized_lhs";
import { load_some } from "../simd/part";
import { max as max_lane, sum_i32 } from "../simd/reduce";
import { MAGIC_BITS, round_4 } from "../simd/round";
import { integer_epilogue } from "./epilogue";
import { MC, MR_Q8, NR_Q8 } from "./shape";
import { tile_q8 } from "./microkernel_q8";

/** The largest q. */
export const Q8_LARGEST: f32 = 127;
/** Bytes of one step of a tile, a group of NR_Q8 columns, and of the same as it is packed. */
export const STEP: usize = NR_Q8 * 4;
const PACKED_STEP: usize = NR_Q8 * GROUP;
/** Scales and sums of a panel's columns. */
export const COLUMNS_BYTES: usize = NR_Q8 * 8;

/** Bytes of the values of an open panel. */
// @ts-ignore: decorator
@inline
export function values_bytes(k: usize): usize {
  return (k + GROUP - 1) / GROUP * STEP;
}

// @ts-ignore: decorator
@inline
function packed_values(k: usize): usize {
  return (k + GROUP - 1) / GROUP * PACKED_STEP;
}

/** Scratch for an open panel: none where panels are read as they lie. */
export function open_bytes_q8(k: usize): usize {
  return STEP == PACKED_STEP ? 0 : values_bytes(k) + COLUMNS_BYTES;
}

// @ts-ignore: decorator
@inline
function open_q8(panel: usize, k: usize, scratch: usize): usize {
  if (STEP == PACKED_STEP) return panel;
  let to = scratch;
  for (const end = panel + packed_values(k); panel < end; panel += PACKED_STEP, to += STEP) {
    v128.store(to, v128.load8x8_s(panel));
    v128.store(to, v128.load8x8_s(panel, 8), 16);
  }
  memory.copy(to, panel, COLUMNS_BYTES);
  return scratch;
}

@unmanaged
export class Q8Panel {
  @inline mr(): usize { return MR_Q8; }
  @inline nr(): usize { return NR_Q8; }
  @inline panel_bytes(k: usize): usize { return packed_values(k) + COLUMNS_BYTES; }
  @inline rows_bytes(k: usize): usize { return MC * row_bytes(k); }
  @inline ending(epilogue: i32): i32 { return integer_epilogue(epilogue); }
  @inline rows(ins: usize, count: usize, k: usize, to: usize): void { quantize_block(ins, count, k, to); }
  @inline open(panel: usize, k: usize, scratch: usize): usize { return open_q8(panel, k, scratch); }
  @inline tile(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
    tile_q8<u8>(acc, NR_Q8 << 2, rows, panel, panel + values_bytes(k));
  }
}

/** Quantises `count` rows and puts the addresses of their values in place of theirs, the last one repeated. */
export function quantize_block(ins: usize, count: usize, k: usize, to: usize): void {
  const size = row_bytes(k);
  for (let i: usize = 0; i < count; ++i, to += size) {
    quantize_row(to, load<usize>(ins + (i << 2)), k);
    store<usize>(ins + (i << 2), to + ROW_HEADER);
  }
  for (let i = count; i % MR_Q8 != 0; ++i) store<usize>(ins + (i << 2), to - size + ROW_HEADER);
}

/** Rows of f32. */
export function pack_rows(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
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

/** Rows that are quantised already: `bytes` [end − begin, k] of q, `scales` [end − begin]. */
export function pack_raw(
  begin: usize, end: usize, w: usize, bytes: usize, scales: usize, n: usize, k: usize,
): void {
  for (let row = begin; row < end; ++row, bytes += k, scales += 4) {
    put_row<i8>(w, row, k, bytes, load<f32>(scales), 0);
  }
  if (end == n) pad_rows(w, n, k);
}

/** Rows [begin, end) as scale·q. */
export function unpack_rows(begin: usize, end: usize, dst: usize, w: usize, k: usize): void {
  for (let row = begin; row < end; ++row) {
    const from = lane(w, row, k), scale = load<f32>(scale_of(w, row, k));
    for (let p: usize = 0; p < k; ++p, dst += 4) store<f32>(dst, <f32>load<i8>(value_at(from, p)) * scale);
  }
}

/** Rows [begin, end) as {@link pack_raw} takes them. */
export function unpack_raw(begin: usize, end: usize, bytes: usize, scales: usize, w: usize, k: usize): void {
  for (let row = begin; row < end; ++row, scales += 4) {
    const from = lane(w, row, k);
    for (let p: usize = 0; p < k; ++p, ++bytes) store<u8>(bytes, load<u8>(value_at(from, p)));
    store<f32>(scales, load<f32>(scale_of(w, row, k)));
  }
}

/** {@link put_row} for four rows side by side in a panel, k a multiple of 4; false where one holds what is not finite. */
function put_four_rows(w: usize, row: usize, k: usize, src: usize): bool {
  const step = k << 2, l0 = largest_of(src, k), l1 = largest_of(src + step, k);
  const l2 = largest_of(src + 2 * step, k), l3 = largest_of(src + 3 * step, k);
  if (!(l0 < Infinity && l1 < Infinity && l2 < Infinity && l3 < Infinity)) return false;
  const i0 = inverse_of(l0), i1 = inverse_of(l1), i2 = inverse_of(l2), i3 = inverse_of(l3);
  let s0 = i32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, to = lane(w, row, k);
  for (const end = src + step; src < end; src += 16, to += PACKED_STEP * (4 / GROUP)) {
    const a = round_at(src, i0), b = round_at(src + step, i1);
    const c = round_at(src + 2 * step, i2), d = round_at(src + 3 * step, i3);
    s0 = i32x4.add(s0, a); s1 = i32x4.add(s1, b); s2 = i32x4.add(s2, c); s3 = i32x4.add(s3, d);
    put_sixteen(to, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
  }
  const scales = f32x4.div(f32x4(l0, l1, l2, l3), f32x4.splat(Q8_LARGEST)), at = scale_of(w, row, k);
  v128.store(at, scales);
  v128.store(at, i32x4(sum_i32(s0), sum_i32(s1), sum_i32(s2), sum_i32(s3)), NR_Q8 * 4);
  return true;
}

// @ts-ignore: decorator
@inline
function round_at(src: usize, inverse: f32): v128 {
  return round_4(v128.load(src), f32x4.splat(inverse), i32x4.splat(-MAGIC_BITS));
}

/** What makes the largest value of a row Q8_LARGEST. */
// @ts-ignore: decorator
@inline
export function inverse_of(largest: f32): f32 {
  return largest > 1e-30 ? Q8_LARGEST / largest : 0;
}

/** Writes the values of one row with its scale and its sum. */
function put_row<T>(w: usize, row: usize, k: usize, src: usize, scale: f32, inverse: f32): void {
  let sum = i32x4.splat(0), to = lane(w, row, k);
  for (let p: usize = 0; p < k; p += 4, src += 4 * sizeof<T>()) {
    const q = four<T>(src, min(4, k - p), inverse);
    sum = i32x4.add(sum, q);
    to = put_four(to, q, k - p);
  }
  store<f32>(scale_of(w, row, k), scale);
  store<i32>(scale_of(w, row, k), sum_i32(sum), NR_Q8 * 4);
}

/** Rows n … of the last panel as zeros. */
function pad_rows(w: usize, n: usize, k: usize): void {
  for (let row = n; row % NR_Q8 != 0; ++row) {
    let to = lane(w, row, k);
    for (let p: usize = 0; p < k; p += 4) to = put_four(to, i32x4.splat(0), k - p);
    store<f32>(scale_of(w, row, k), 0);
    store<i32>(scale_of(w, row, k), 0, NR_Q8 * 4);
  }
}

/** The next `count` (1 … 4) values of a row as q, zeros behind them. */
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

/** Writes four q of which `left` lie within k; returns where the next four go. */
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

/** max |x| of k values; NaN if one is. */
export function largest_of(src: usize, k: usize): f32 {
  let high = f32x4.splat(0), high2 = high, lost = high;
  const end = src + (k << 2);
  for (const wide = src + ((k & ~7) << 2); src < wide; src += 32) {
    const a = v128.load(src), b = v128.load(src, 16);
    high = f32x4.pmax(high, f32x4.abs(a)); high2 = f32x4.pmax(high2, f32x4.abs(b));
    lost = v128.or(lost, v128.or(f32x4.ne(a, a), f32x4.ne(b, b)));
  }
  for (; src < end; src += 16) {
    const a = load_some(src, min(4, end - src >> 2));
    high = f32x4.pmax(high, f32x4.abs(a));
    lost = v128.or(lost, f32x4.ne(a, a));
  }
  return v128.any_true(lost) ? NaN : max_lane(f32x4.pmax(high, high2));
}

/** Where the values of a row begin, where value p lies from there, and where the row's scale lies. */
// @ts-ignore: decorator
@inline
function lane(w: usize, row: usize, k: usize): usize {
  return w + row / NR_Q8 * (packed_values(k) + COLUMNS_BYTES) + row % NR_Q8 * GROUP;
}

// @ts-ignore: decorator
@inline
function value_at(from: usize, p: usize): usize {
  return from + p / GROUP * PACKED_STEP + p % GROUP;
}

// @ts-ignore: decorator
@inline
function scale_of(w: usize, row: usize, k: usize): usize {
  return w + row / NR_Q8 * (packed_values(k) + COLUMNS_BYTES) + packed_values(k) + row % NR_Q8 * 4;
}
