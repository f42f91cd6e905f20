// Columns of pixels as rows, so that the filters of horizontal edges do for vertical ones too.

// @ts-ignore: decorator
@inline
function low8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
// @ts-ignore: decorator
@inline
function high8(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
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

/** Two rows of eight bytes, interleaved. */
// @ts-ignore: decorator
@inline
function pair(at: usize, stride: usize): v128 {
  return low8(v128.load64_zero(at), v128.load64_zero(at + stride));
}

/** Writes the columns of two blocks of 8 × 8 pixels to `rows`: [8][16], the first block's eight pixels first. */
export function columns_to_rows(first: usize, second: usize, stride: usize, rows: usize): void {
  turn_half(first, stride, rows);
  turn_half(second, stride, rows + 8);
}

// @ts-ignore: decorator
@inline
function turn_half(at: usize, stride: usize, rows: usize): void {
  const t0 = pair(at, stride), t1 = pair(at + 2 * stride, stride);
  const t2 = pair(at + 4 * stride, stride), t3 = pair(at + 6 * stride, stride);
  const upper0 = low16(t0, t1), upper4 = high16(t0, t1), lower0 = low16(t2, t3), lower4 = high16(t2, t3);
  store_two(rows, low32(upper0, lower0));
  store_two(rows + 32, high32(upper0, lower0));
  store_two(rows + 64, low32(upper4, lower4));
  store_two(rows + 96, high32(upper4, lower4));
}

/** The halves of a vector to two rows of 16 bytes. */
// @ts-ignore: decorator
@inline
function store_two(rows: usize, x: v128): void {
  v128.store64_lane(rows, x, 0);
  v128.store64_lane(rows, x, 1, 16);
}

/** The way back. */
export function rows_to_columns(rows: usize, first: usize, second: usize, stride: usize): void {
  const r0 = v128.load(rows), r1 = v128.load(rows, 16), r2 = v128.load(rows, 32), r3 = v128.load(rows, 48);
  const r4 = v128.load(rows, 64), r5 = v128.load(rows, 80), r6 = v128.load(rows, 96), r7 = v128.load(rows, 112);
  put_half(low8(r0, r1), low8(r2, r3), low8(r4, r5), low8(r6, r7), first, stride);
  put_half(high8(r0, r1), high8(r2, r3), high8(r4, r5), high8(r6, r7), second, stride);
}

/** Eight rows of pixels from four pairs of columns. */
// @ts-ignore: decorator
@inline
function put_half(c01: v128, c23: v128, c45: v128, c67: v128, to: usize, stride: usize): void {
  const left0 = low16(c01, c23), left4 = high16(c01, c23), right0 = low16(c45, c67), right4 = high16(c45, c67);
  put_two(to, stride, low32(left0, right0));
  put_two(to + 2 * stride, stride, high32(left0, right0));
  put_two(to + 4 * stride, stride, low32(left4, right4));
  put_two(to + 6 * stride, stride, high32(left4, right4));
}

// @ts-ignore: decorator
@inline
function put_two(to: usize, stride: usize, x: v128): void {
  v128.store64_lane(to, x, 0);
  v128.store64_lane(to + stride, x, 1);
}
