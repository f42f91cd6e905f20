// Inverse transforms (RFC 6386, section 14), in 16-bit lanes: columns first, then rows, rounded at the end.

/** √2·sin(π/8)·2¹⁶ − 2¹⁶: the factor is above ½, so it is used as x + (x·SIN >> 16). */
const SIN: i32 = 35468 - 65536;
/** √2·cos(π/8)·2¹⁶ − 2¹⁶. */
const COS: i32 = 20091;

/** The upper half of each product of 16-bit lanes with a constant. */
// @ts-ignore: decorator
@inline
function scaled(x: v128, factor: i32): v128 {
  const by = i16x8.splat(<i16>factor);
  return i8x16.shuffle(
    i32x4.extmul_low_i16x8_s(x, by), i32x4.extmul_high_i16x8_s(x, by),
    2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31,
  );
}

// @ts-ignore: decorator
@inline
function by_sin(x: v128): v128 {
  return i16x8.add(x, scaled(x, SIN));
}

// @ts-ignore: decorator
@inline
function by_cos(x: v128): v128 {
  return i16x8.add(x, scaled(x, COS));
}

// Interleaves the lower or upper halves of two vectors, in units of 16, 32 and 64 bits.
// @ts-ignore: decorator
@inline
function low16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}
// @ts-ignore: decorator
@inline
function high16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}
// @ts-ignore: decorator
@inline
function low32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}
// @ts-ignore: decorator
@inline
function high32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}
// @ts-ignore: decorator
@inline
function low64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}
// @ts-ignore: decorator
@inline
function high64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

/** Row `row` of two blocks side by side: four lanes each. */
// @ts-ignore: decorator
@inline
function row_of(blocks: usize, row: usize): v128 {
  return v128.load64_lane(blocks + 32 + (row << 3), v128.load64_zero(blocks + (row << 3)), 1);
}

/** Adds the inverse transforms of two blocks that follow each other in memory to the 8 × 4 pixels at `to`, and clears them. */
export function add_two_blocks(blocks: usize, to: usize, stride: usize): void {
  transform(blocks, to, stride, true);
  clear_block(blocks);
  clear_block(blocks + 32);
}

/** Adds the inverse transform of one block to the 4 × 4 pixels at `to`, and clears it. */
export function add_block(block: usize, to: usize, stride: usize): void {
  transform(block, to, stride, false);
  clear_block(block);
}

// @ts-ignore: decorator
@inline
function clear_block(block: usize): void {
  v128.store(block, i32x4.splat(0));
  v128.store(block, i32x4.splat(0), 16);
}

// @ts-ignore: decorator
@inline
function transform(blocks: usize, to: usize, stride: usize, two: bool): void {
  // columns
  let r0 = row_of(blocks, 0), r1 = row_of(blocks, 1), r2 = row_of(blocks, 2), r3 = row_of(blocks, 3);
  let a = i16x8.add(r0, r2), b = i16x8.sub(r0, r2);
  let c = i16x8.sub(by_sin(r1), by_cos(r3)), d = i16x8.add(by_cos(r1), by_sin(r3));
  r0 = i16x8.add(a, d);
  r1 = i16x8.add(b, c);
  r2 = i16x8.sub(b, c);
  r3 = i16x8.sub(a, d);
  // transposed: lane i of c0 to c3 is row i of the first block, lane 4 + i of the second
  let left01 = low16(r0, r1), left23 = low16(r2, r3), right01 = high16(r0, r1), right23 = high16(r2, r3);
  let c01 = low32(left01, left23), d01 = low32(right01, right23);
  let c23 = high32(left01, left23), d23 = high32(right01, right23);
  const c0 = low64(c01, d01), c1 = high64(c01, d01), c2 = low64(c23, d23), c3 = high64(c23, d23);
  // rows
  const dc = i16x8.add(c0, i16x8.splat(4));
  a = i16x8.add(dc, c2);
  b = i16x8.sub(dc, c2);
  c = i16x8.sub(by_sin(c1), by_cos(c3));
  d = i16x8.add(by_cos(c1), by_sin(c3));
  r0 = i16x8.shr_s(i16x8.add(a, d), 3);
  r1 = i16x8.shr_s(i16x8.add(b, c), 3);
  r2 = i16x8.shr_s(i16x8.sub(b, c), 3);
  r3 = i16x8.shr_s(i16x8.sub(a, d), 3);
  // and back
  left01 = low16(r0, r1); left23 = low16(r2, r3); right01 = high16(r0, r1); right23 = high16(r2, r3);
  c01 = low32(left01, left23); d01 = low32(right01, right23);
  c23 = high32(left01, left23); d23 = high32(right01, right23);
  add_row(to, low64(c01, d01), two);
  add_row(to + stride, high64(c01, d01), two);
  add_row(to + 2 * stride, low64(c23, d23), two);
  add_row(to + 3 * stride, high64(c23, d23), two);
}

/** Adds eight lanes, or the lower four, to pixels. */
// @ts-ignore: decorator
@inline
function add_row(to: usize, residual: v128, two: bool): void {
  const pixels = i16x8.extend_low_i8x16_u(two ? v128.load64_zero(to) : v128.load32_zero(to));
  const sum = i16x8.add(pixels, residual), bytes = u8x16_narrow(sum);
  if (two) v128.store64_lane(to, bytes, 0);
  else v128.store32_lane(to, bytes, 0);
}

// @ts-ignore: decorator
@inline
function u8x16_narrow(x: v128): v128 {
  return i8x16.narrow_i16x8_u(x, x);
}

/** As `add_two_blocks`, for blocks of nothing but a DC coefficient. */
export function add_two_dcs(blocks: usize, to: usize, stride: usize): void {
  const left = i16x8.splat(load<i16>(blocks) + 4 >> 3), right = i16x8.splat(load<i16>(blocks, 32) + 4 >> 3);
  const both = low64(left, right);
  for (let y = 0; y < 4; ++y, to += stride) add_row(to, both, true);
  store<i16>(blocks, 0);
  store<i16>(blocks, 0, 32);
}

/** As `add_block`, for a block of nothing but a DC coefficient. */
export function add_dc(block: usize, to: usize, stride: usize): void {
  const residual = i16x8.splat(load<i16>(block) + 4 >> 3);
  for (let y = 0; y < 4; ++y, to += stride) add_row(to, residual, false);
  store<i16>(block, 0);
}

/**
 * As `add_block`, for a block whose coefficients are among the first three: DC, and one step across and down. In 32 bits, as
 * libwebp has it, which shows only where coefficients do not fit into 16.
 */
export function add_three(block: usize, to: usize, stride: usize): void {
  const dc = <i32>load<i16>(block) + 4, across = <i32>load<i16>(block, 2), down = <i32>load<i16>(block, 8);
  const c = across * (SIN + 65536) >> 16, d = across + (across * COS >> 16);
  const row = i32x4(d, c, -c, -d);
  const inner = down * (SIN + 65536) >> 16, outer = down + (down * COS >> 16);
  add_wide_row(to, i32x4.add(row, i32x4.splat(dc + outer)));
  add_wide_row(to + stride, i32x4.add(row, i32x4.splat(dc + inner)));
  add_wide_row(to + 2 * stride, i32x4.add(row, i32x4.splat(dc - inner)));
  add_wide_row(to + 3 * stride, i32x4.add(row, i32x4.splat(dc - outer)));
  clear_block(block);
}

/** Adds eighths of four lanes to pixels. */
// @ts-ignore: decorator
@inline
function add_wide_row(to: usize, eighths: v128): void {
  const pixels = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(to)));
  const sum = i32x4.add(pixels, i32x4.shr_s(eighths, 3));
  v128.store32_lane(to, u8x16_narrow(i16x8.narrow_i32x4_s(sum, sum)), 0);
}

/** The inverse Walsh-Hadamard transform of the block `from`, in 32 bits, gives the DC of each of 16 blocks; clears it. */
export function spread_dcs(from: usize, blocks: usize): void {
  // columns
  const r0 = v128.load16x4_s(from), r1 = v128.load16x4_s(from, 8);
  const r2 = v128.load16x4_s(from, 16), r3 = v128.load16x4_s(from, 24);
  let a = i32x4.add(r0, r3), b = i32x4.add(r1, r2), c = i32x4.sub(r1, r2), d = i32x4.sub(r0, r3);
  const t0 = i32x4.add(a, b), t1 = i32x4.add(c, d), t2 = i32x4.sub(a, b), t3 = i32x4.sub(d, c);
  // rows, a lane each
  const left01 = low32(t0, t1), left23 = low32(t2, t3), right01 = high32(t0, t1), right23 = high32(t2, t3);
  const dc = i32x4.add(low64(left01, left23), i32x4.splat(3)), c1 = high64(left01, left23);
  const c2 = low64(right01, right23), c3 = high64(right01, right23);
  a = i32x4.add(dc, c3); b = i32x4.add(c1, c2); c = i32x4.sub(c1, c2); d = i32x4.sub(dc, c3);
  store_dcs(blocks, i32x4.shr_s(i32x4.add(a, b), 3));
  store_dcs(blocks + 32, i32x4.shr_s(i32x4.add(c, d), 3));
  store_dcs(blocks + 64, i32x4.shr_s(i32x4.sub(a, b), 3));
  store_dcs(blocks + 96, i32x4.shr_s(i32x4.sub(d, c), 3));
  clear_block(from);
}

/** The lanes to every fourth block. */
// @ts-ignore: decorator
@inline
function store_dcs(blocks: usize, dcs: v128): void {
  v128.store16_lane(blocks, dcs, 0);
  v128.store16_lane(blocks, dcs, 2, 128);
  v128.store16_lane(blocks, dcs, 4, 256);
  v128.store16_lane(blocks, dcs, 6, 384);
}
