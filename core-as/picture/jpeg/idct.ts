// The inverse DCT of libjpeg ("islow"), after Loeffler, Ligtenberg and Moschytz: integers with 13 fraction bits, columns first
// (2 bits more are kept between the passes), then rows. Where damaged data overflow, 16-bit lanes wrap or saturate as in the
// SIMD code of libjpeg-turbo.

const BITS: i32 = 13;
const KEPT: i32 = 2;

// c · 2¹³, rounded
const C_0_298631336: i16 = 2446;
const C_0_390180644: i16 = 3196;
const C_0_541196100: i16 = 4433;
const C_0_765366865: i16 = 6270;
const C_0_899976223: i16 = 7373;
const C_1_175875602: i16 = 9633;
const C_1_501321110: i16 = 12299;
const C_1_847759065: i16 = 15137;
const C_1_961570560: i16 = 16069;
const C_2_053119869: i16 = 16819;
const C_2_562915447: i16 = 20995;
const C_3_072711026: i16 = 25172;
// the odd part of inputs 1 and 3 alone
const ODD_0_1: i16 = C_1_175875602 - C_0_899976223;
const ODD_0_3: i16 = C_1_175875602 - C_1_961570560;
const ODD_1_1: i16 = C_1_175875602 - C_0_390180644;
const ODD_1_3: i16 = C_1_175875602 - C_2_562915447;
const ODD_2_1: i16 = C_1_175875602;
const ODD_2_3: i16 = C_3_072711026 - C_2_562915447 + C_1_175875602 - C_1_961570560;
const ODD_3_1: i16 = C_1_501321110 - C_0_899976223 + C_1_175875602 - C_0_390180644;
const ODD_3_3: i16 = C_1_175875602;

const work: usize = memory.data(128, 16);
/** Up to this index in the order of the file all coefficients are in the corner of the first four rows and columns. */
export const LAST_OF_CORNER: u32 = 9;

/**
 * 8 × 8 samples at `out`, rows `stride` bytes apart, from i16 [64] coefficients and quantization steps in rows. With `corner`
 * all but the first four rows and columns are 0.
 */
export function inverse_dct(block: usize, corner: bool, quantization: usize, out: usize, stride: usize): void {
  const rows: usize = corner ? 64 : 128;
  let ac = v128.load(block, 16);
  // rows 1 to 3 or 7
  for (let i: usize = 32; i < rows; i += 16) ac = v128.or(ac, v128.load(block + i));
  const first = i16x8.mul(v128.load(block), v128.load(quantization));
  if (!v128.any_true(ac)) {
    spread(i16x8.shl(first, KEPT));
    return rows_to_samples(out, stride);
  }
  v128.store(work, first);
  // rows 1 to 3 or 7, times their steps
  for (let i: usize = 16; i < rows; i += 16) v128.store(work + i, i16x8.mul(v128.load(block + i), v128.load(quantization + i)));
  if (corner) {
    corner_columns();
    corner_rows_to_samples(out, stride);
  } else {
    columns();
    rows_to_samples(out, stride);
  }
}

/** Whether all but the first four rows and columns of a block are 0. */
export function is_corner(block: usize): bool {
  let above = v128.load(block), below = v128.load(block, 64);
  for (let i: usize = 16; i < 64; i += 16) {
    above = v128.or(above, v128.load(block + i));
    below = v128.or(below, v128.load(block + i, 64));
  }
  return !v128.any_true(v128.or(below, v128.shuffle<i64>(above, above, 1, 1)));
}

/** The samples of a block that has nothing but a first coefficient. */
export function inverse_dct_flat(dc: i16, quantization: usize, out: usize, stride: usize): void {
  const value = i16x8.splat(<i16>((<i32><i16>(<i32>dc * <i32>load<i16>(quantization) << KEPT) + 16) >> 5));
  const row = v128.xor(i8x16.narrow_i16x8_s(value, value), i8x16.splat(-128));
  for (let y: usize = 0; y < 8; ++y, out += stride) v128.store64_lane(out, row, 0);
}

/** What the first pass makes of a block whose rows 1 to 7 are zero: row i, all of value i. */
function spread(values: v128): void {
  for (let i: usize = 0; i < 128; i += 16, values = i8x16.shuffle(values, values, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1))
    v128.store(work + i, i16x8.splat(i16x8.extract_lane_s(values, 0)));
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

// @ts-ignore: decorator
@inline
function pair(a: i16, b: i16): v128 {
  return i16x8(a, b, a, b, a, b, a, b);
}

// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, shift), i32x4.shr_s(high, shift));
}

/** The first pass: eight columns of `work`, in place and transposed. */
function columns(): void {
  transform(BITS - KEPT, false, 0, 0);
}

/** The second pass, to samples. */
function rows_to_samples(out: usize, stride: usize): void {
  transform(BITS + KEPT + 3, true, out, stride);
}

/** Eight columns of i16 [8, 8] at once; the results lose `shift` fraction bits. */
// @ts-ignore: decorator
@inline
function transform(shift: i32, isLast: bool, out: usize, stride: usize): void {
  const s0 = v128.load(work), s1 = v128.load(work, 16), s2 = v128.load(work, 32), s3 = v128.load(work, 48);
  const s4 = v128.load(work, 64), s5 = v128.load(work, 80), s6 = v128.load(work, 96), s7 = v128.load(work, 112);
  const half = i32x4.splat(1 << (shift - 1));
  // even part
  let l = low(s2, s6), h = high(s2, s6);
  const by2 = pair(C_0_541196100, C_0_541196100 - C_1_847759065), by3 = pair(C_0_541196100 + C_0_765366865, C_0_541196100);
  const e2l = i32x4.dot_i16x8_s(l, by2), e2h = i32x4.dot_i16x8_s(h, by2);
  const e3l = i32x4.dot_i16x8_s(l, by3), e3h = i32x4.dot_i16x8_s(h, by3);
  const sum = i16x8.add(s0, s4), difference = i16x8.sub(s0, s4);
  const e0l = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(sum), BITS), half);
  const e0h = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(sum), BITS), half);
  const e1l = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(difference), BITS), half);
  const e1h = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(difference), BITS), half);
  const a0l = i32x4.add(e0l, e3l), a0h = i32x4.add(e0h, e3h), a3l = i32x4.sub(e0l, e3l), a3h = i32x4.sub(e0h, e3h);
  const a1l = i32x4.add(e1l, e2l), a1h = i32x4.add(e1h, e2h), a2l = i32x4.sub(e1l, e2l), a2h = i32x4.sub(e1h, e2h);
  // odd part
  const w3 = i16x8.add(s3, s7), w4 = i16x8.add(s1, s5);
  l = low(w3, w4), h = high(w3, w4);
  const byZ3 = pair(C_1_175875602 - C_1_961570560, C_1_175875602), byZ4 = pair(C_1_175875602, C_1_175875602 - C_0_390180644);
  const z3l = i32x4.dot_i16x8_s(l, byZ3), z3h = i32x4.dot_i16x8_s(h, byZ3);
  const z4l = i32x4.dot_i16x8_s(l, byZ4), z4h = i32x4.dot_i16x8_s(h, byZ4);
  l = low(s7, s1), h = high(s7, s1);
  const by7 = pair(C_0_298631336 - C_0_899976223, -C_0_899976223), by1 = pair(-C_0_899976223, C_1_501321110 - C_0_899976223);
  const b0l = i32x4.add(i32x4.dot_i16x8_s(l, by7), z3l), b0h = i32x4.add(i32x4.dot_i16x8_s(h, by7), z3h);
  const b3l = i32x4.add(i32x4.dot_i16x8_s(l, by1), z4l), b3h = i32x4.add(i32x4.dot_i16x8_s(h, by1), z4h);
  l = low(s5, s3), h = high(s5, s3);
  const by5 = pair(C_2_053119869 - C_2_562915447, -C_2_562915447), bys3 = pair(-C_2_562915447, C_3_072711026 - C_2_562915447);
  const b1l = i32x4.add(i32x4.dot_i16x8_s(l, by5), z4l), b1h = i32x4.add(i32x4.dot_i16x8_s(h, by5), z4h);
  const b2l = i32x4.add(i32x4.dot_i16x8_s(l, bys3), z3l), b2h = i32x4.add(i32x4.dot_i16x8_s(h, bys3), z3h);
  const r0 = narrow(i32x4.add(a0l, b3l), i32x4.add(a0h, b3h), shift), r7 = narrow(i32x4.sub(a0l, b3l), i32x4.sub(a0h, b3h), shift);
  const r1 = narrow(i32x4.add(a1l, b2l), i32x4.add(a1h, b2h), shift), r6 = narrow(i32x4.sub(a1l, b2l), i32x4.sub(a1h, b2h), shift);
  const r2 = narrow(i32x4.add(a2l, b1l), i32x4.add(a2h, b1h), shift), r5 = narrow(i32x4.sub(a2l, b1l), i32x4.sub(a2h, b1h), shift);
  const r3 = narrow(i32x4.add(a3l, b0l), i32x4.add(a3h, b0h), shift), r4 = narrow(i32x4.sub(a3l, b0l), i32x4.sub(a3h, b0h), shift);
  if (isLast) store_samples(out, stride, r0, r1, r2, r3, r4, r5, r6, r7);
  else store_transposed(r0, r1, r2, r3, r4, r5, r6, r7);
}

/**
 * The first pass where rows and columns 4 to 7 are 0: four columns, without the products of zeros. What is left of the odd
 * part are sums of two products, whose factors are added up beforehand.
 */
function corner_columns(): void {
  const s1 = v128.load(work, 16), s2 = v128.load(work, 32), s3 = v128.load(work, 48), zero = i32x4.splat(0);
  const shift = BITS - KEPT, e0 = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(v128.load(work)), BITS), i32x4.splat(1 << (shift - 1)));
  const even = low(s2, zero), odd = low(s1, s3);
  const e2 = i32x4.dot_i16x8_s(even, pair(C_0_541196100, 0)), e3 = i32x4.dot_i16x8_s(even, pair(C_0_541196100 + C_0_765366865, 0));
  const b0 = i32x4.dot_i16x8_s(odd, pair(ODD_0_1, ODD_0_3)), b1 = i32x4.dot_i16x8_s(odd, pair(ODD_1_1, ODD_1_3));
  const b2 = i32x4.dot_i16x8_s(odd, pair(ODD_2_1, ODD_2_3)), b3 = i32x4.dot_i16x8_s(odd, pair(ODD_3_1, ODD_3_3));
  const a0 = i32x4.add(e0, e3), a1 = i32x4.add(e0, e2), a2 = i32x4.sub(e0, e2), a3 = i32x4.sub(e0, e3);
  const r04 = narrow(i32x4.add(a0, b3), i32x4.sub(a3, b0), shift), r15 = narrow(i32x4.add(a1, b2), i32x4.sub(a2, b1), shift);
  const r26 = narrow(i32x4.add(a2, b1), i32x4.sub(a1, b2), shift), r37 = narrow(i32x4.add(a3, b0), i32x4.sub(a0, b3), shift);
  // transposed: columns 0 to 3, rows 0 to 3 and 4 to 7
  const p0 = low(r04, r26), p1 = high(r04, r26), p2 = low(r15, r37), p3 = high(r15, r37);
  const q0 = low(p0, p2), q1 = high(p0, p2), q2 = low(p1, p3), q3 = high(p1, p3);
  v128.store(work, v128.shuffle<i64>(q0, q2, 0, 2));
  v128.store(work, v128.shuffle<i64>(q0, q2, 1, 3), 16);
  v128.store(work, v128.shuffle<i64>(q1, q3, 0, 2), 32);
  v128.store(work, v128.shuffle<i64>(q1, q3, 1, 3), 48);
}

/** The second pass where columns 4 to 7 are 0, to samples. */
function corner_rows_to_samples(out: usize, stride: usize): void {
  const s0 = v128.load(work), s1 = v128.load(work, 16), s2 = v128.load(work, 32), s3 = v128.load(work, 48), zero = i32x4.splat(0);
  const shift = BITS + KEPT + 3, half = i32x4.splat(1 << (shift - 1));
  const e0l = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(s0), BITS), half), e0h = i32x4.add(i32x4.shl(i32x4.extend_high_i16x8_s(s0), BITS), half);
  let l = low(s2, zero), h = high(s2, zero), factors = pair(C_0_541196100, 0);
  const e2l = i32x4.dot_i16x8_s(l, factors), e2h = i32x4.dot_i16x8_s(h, factors);
  factors = pair(C_0_541196100 + C_0_765366865, 0);
  const e3l = i32x4.dot_i16x8_s(l, factors), e3h = i32x4.dot_i16x8_s(h, factors);
  const a0l = i32x4.add(e0l, e3l), a0h = i32x4.add(e0h, e3h), a3l = i32x4.sub(e0l, e3l), a3h = i32x4.sub(e0h, e3h);
  const a1l = i32x4.add(e0l, e2l), a1h = i32x4.add(e0h, e2h), a2l = i32x4.sub(e0l, e2l), a2h = i32x4.sub(e0h, e2h);
  l = low(s1, s3), h = high(s1, s3), factors = pair(ODD_0_1, ODD_0_3);
  const b0l = i32x4.dot_i16x8_s(l, factors), b0h = i32x4.dot_i16x8_s(h, factors);
  factors = pair(ODD_1_1, ODD_1_3);
  const b1l = i32x4.dot_i16x8_s(l, factors), b1h = i32x4.dot_i16x8_s(h, factors);
  factors = pair(ODD_2_1, ODD_2_3);
  const b2l = i32x4.dot_i16x8_s(l, factors), b2h = i32x4.dot_i16x8_s(h, factors);
  factors = pair(ODD_3_1, ODD_3_3);
  const b3l = i32x4.dot_i16x8_s(l, factors), b3h = i32x4.dot_i16x8_s(h, factors);
  const r0 = narrow(i32x4.add(a0l, b3l), i32x4.add(a0h, b3h), shift), r7 = narrow(i32x4.sub(a0l, b3l), i32x4.sub(a0h, b3h), shift);
  const r1 = narrow(i32x4.add(a1l, b2l), i32x4.add(a1h, b2h), shift), r6 = narrow(i32x4.sub(a1l, b2l), i32x4.sub(a1h, b2h), shift);
  const r2 = narrow(i32x4.add(a2l, b1l), i32x4.add(a2h, b1h), shift), r5 = narrow(i32x4.sub(a2l, b1l), i32x4.sub(a2h, b1h), shift);
  const r3 = narrow(i32x4.add(a3l, b0l), i32x4.add(a3h, b0h), shift), r4 = narrow(i32x4.sub(a3l, b0l), i32x4.sub(a3h, b0h), shift);
  store_samples(out, stride, r0, r1, r2, r3, r4, r5, r6, r7);
}

/** To `work`, row i of which is column i. */
// @ts-ignore: decorator
@inline
function store_transposed(r0: v128, r1: v128, r2: v128, r3: v128, r4: v128, r5: v128, r6: v128, r7: v128): void {
  const p0 = low(r0, r4), p1 = high(r0, r4), p2 = low(r1, r5), p3 = high(r1, r5);
  const p4 = low(r2, r6), p5 = high(r2, r6), p6 = low(r3, r7), p7 = high(r3, r7);
  const q0 = low(p0, p4), q1 = high(p0, p4), q2 = low(p1, p5), q3 = high(p1, p5);
  const q4 = low(p2, p6), q5 = high(p2, p6), q6 = low(p3, p7), q7 = high(p3, p7);
  v128.store(work, low(q0, q4));
  v128.store(work, high(q0, q4), 16);
  v128.store(work, low(q1, q5), 32);
  v128.store(work, high(q1, q5), 48);
  v128.store(work, low(q2, q6), 64);
  v128.store(work, high(q2, q6), 80);
  v128.store(work, low(q3, q7), 96);
  v128.store(work, high(q3, q7), 112);
}

/** Columns as rows of samples: narrowed to bytes first, then transposed. */
// @ts-ignore: decorator
@inline
function store_samples(out: usize, stride: usize, r0: v128, r1: v128, r2: v128, r3: v128, r4: v128, r5: v128, r6: v128, r7: v128): void {
  const middle = i8x16.splat(-128);
  const n04 = v128.xor(i8x16.narrow_i16x8_s(r0, r4), middle), n15 = v128.xor(i8x16.narrow_i16x8_s(r1, r5), middle);
  const n26 = v128.xor(i8x16.narrow_i16x8_s(r2, r6), middle), n37 = v128.xor(i8x16.narrow_i16x8_s(r3, r7), middle);
  const p0 = low_bytes(n04, n26), p1 = high_bytes(n04, n26), p2 = low_bytes(n15, n37), p3 = high_bytes(n15, n37);
  const q0 = low_bytes(p0, p2), q1 = high_bytes(p0, p2), q2 = low_bytes(p1, p3), q3 = high_bytes(p1, p3);
  store_rows(out, stride, v128.shuffle<i32>(q0, q2, 0, 4, 1, 5), v128.shuffle<i32>(q0, q2, 2, 6, 3, 7));
  store_rows(out + (stride << 2), stride, v128.shuffle<i32>(q1, q3, 0, 4, 1, 5), v128.shuffle<i32>(q1, q3, 2, 6, 3, 7));
}

/** Four rows of eight samples. */
// @ts-ignore: decorator
@inline
function store_rows(out: usize, stride: usize, first: v128, second: v128): void {
  v128.store64_lane(out, first, 0);
  v128.store64_lane(out + stride, first, 1);
  v128.store64_lane(out + (stride << 1), second, 0);
  v128.store64_lane(out + stride * 3, second, 1);
}

// @ts-ignore: decorator
@inline
function low_bytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function high_bytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
