// The predictor transform (RFC 9649, section 4.1): each pixel is what 14 predictors make of its neighbors, plus a residual.
// Arithmetic is that of the four bytes of a pixel. What needs no pixel to the left is done four pixels at once.

/** The average of each byte, rounded down. */
// @ts-ignore: decorator
@inline
function average(a: v128, b: v128): v128 {
  return i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), i8x16.splat(1)));
}

// @ts-ignore: decorator
@inline
function pixel(at: usize): v128 {
  return v128.load32_zero(at);
}

/** The neighbor above (`top`) or to the left that is closer to left + top − corner, summed over the bytes. */
// @ts-ignore: decorator
@inline
function select(left: v128, top: v128, corner: v128): v128 {
  const both = i8x16.shuffle(top, left, 0, 1, 2, 3, 16, 17, 18, 19, 4, 4, 4, 4, 4, 4, 4, 4);
  const corners = i8x16.shuffle(corner, corner, 0, 1, 2, 3, 0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4);
  const differences = v128.or(i8x16.sub_sat_u(both, corners), i8x16.sub_sat_u(corners, both));
  const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(differences));
  return i32x4.extract_lane(sums, 0) < i32x4.extract_lane(sums, 1) ? left : top;
}

/** left + top − corner, kept within a byte. */
// @ts-ignore: decorator
@inline
function gradient(left: v128, top: v128, corner: v128): v128 {
  const sum = i16x8.add(i16x8.extend_low_i8x16_u(left), i16x8.extend_low_i8x16_u(top));
  const result = i16x8.sub(sum, i16x8.extend_low_i8x16_u(corner));
  return i8x16.narrow_i16x8_u(result, result);
}

/** The average of left and top, and half of what it is above the corner, rounded to 0. */
// @ts-ignore: decorator
@inline
function half_gradient(left: v128, top: v128, corner: v128): v128 {
  const mean = i16x8.extend_low_i8x16_u(average(left, top));
  const above = i16x8.sub(mean, i16x8.extend_low_i8x16_u(corner));
  const half = i16x8.shr_s(i16x8.add(above, i16x8.shr_u(above, 15)), 1);
  const result = i16x8.add(mean, half);
  return i8x16.narrow_i16x8_u(result, result);
}

// @ts-ignore: decorator
@inline
function predicted(mode: u32, left: v128, upper: usize): v128 {
  switch (mode) {
    case 1: return left;
    case 5: return average(average(left, pixel(upper + 4)), pixel(upper));
    case 6: return average(left, pixel(upper - 4));
    case 7: return average(left, pixel(upper));
    case 10: return average(average(left, pixel(upper - 4)), average(pixel(upper), pixel(upper + 4)));
    case 11: return select(left, pixel(upper), pixel(upper - 4));
    case 12: return gradient(left, pixel(upper), pixel(upper - 4));
    default: return half_gradient(left, pixel(upper), pixel(upper - 4));
  }
}

/** One pixel after the other, for the predictors that look to the left. */
// @ts-ignore: decorator
@inline
function run(mode: u32, from: usize, to: usize, upper: usize, end: usize): void {
  let left = pixel(to - 4);
  for (; to < end; to += 4, from += 4, upper += 4) {
    left = i8x16.add(predicted(mode, left, upper), pixel(from));
    v128.store32_lane(to, left, 0);
  }
}

/** Four pixels at once; may write up to three more. */
// @ts-ignore: decorator
@inline
function run_above(mode: u32, from: usize, to: usize, upper: usize, end: usize): void {
  for (; to < end; to += 16, from += 16, upper += 16) {
    let guess: v128;
    if (mode == 2) guess = v128.load(upper);
    else if (mode == 3) guess = v128.load(upper + 4);
    else if (mode == 4) guess = v128.load(upper - 4);
    else if (mode == 8) guess = average(v128.load(upper - 4), v128.load(upper));
    else if (mode == 9) guess = average(v128.load(upper), v128.load(upper + 4));
    else guess = i32x4.splat(0xff000000);
    v128.store(to, i8x16.add(guess, v128.load(from)));
  }
}

/** Residuals at `from` become the pixels [to, end) of a row; `upper` is the same column of the row above. */
export function predict_pixels(mode: u32, from: usize, to: usize, upper: usize, end: usize): void {
  switch (mode) {
    case 1: return run(1, from, to, upper, end);
    case 2: return run_above(2, from, to, upper, end);
    case 3: return run_above(3, from, to, upper, end);
    case 4: return run_above(4, from, to, upper, end);
    case 5: return run(5, from, to, upper, end);
    case 6: return run(6, from, to, upper, end);
    case 7: return run(7, from, to, upper, end);
    case 8: return run_above(8, from, to, upper, end);
    case 9: return run_above(9, from, to, upper, end);
    case 10: return run(10, from, to, upper, end);
    case 11: return run(11, from, to, upper, end);
    case 12: return run(12, from, to, upper, end);
    case 13: return run(13, from, to, upper, end);
    default: return run_above(0, from, to, upper, end);
  }
}
