// The first pass of Pillow's 8-bit resize over RGB rows: out[i] = clip8((2²¹ + Σ_t weights[i, t]·x[starts[i] + t]) >> 22)
// for each channel, t < counts[i], weights in units of 2⁻²². A weight is 2¹⁵·high + low with 16-bit halves, so that one
// i16 dot product takes two pixels of all three channels; the sums wrap modulo 2³², where Pillow's own do not overflow.
import { load_part } from "../simd/part";

const BITS: i32 = 22;
const LOW_BITS: i32 = 15;

/** Rows [begin, end) of RGB bytes; strides in bytes. starts and counts are i32 [width], weights i32 [width, taps]. */
export function resample_horizontal(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  width: usize, starts: usize, counts: usize, weights: usize, taps: usize,
): void {
  // picture rows
  for (let y = begin; y < end; ++y) {
    const row = x + y * xStride;
    let to = out + y * outStride, w = weights;
    // output pixels
    for (let i: usize = 0; i < width << 2; i += 4, to += 3, w += taps << 2) {
      const rgb = pixel(row + 3 * load<u32>(starts + i), w, load<u32>(counts + i));
      store<u16>(to, <u16>rgb);
      store<u8>(to, <u8>(rgb >> 16), 2);
    }
  }
}

/** Red, green and blue of one output pixel in the three low bytes. */
// @ts-ignore: decorator
@inline
function pixel(x: usize, w: usize, count: usize): u32 {
  let low = i32x4.splat(1 << (BITS - 1)), high = i32x4.splat(0);
  // four taps at a time
  for (const whole = w + ((count & ~3) << 2); w < whole; w += 16, x += 12) {
    const pixels = v128.load32_lane(x, v128.load64_zero(x), 2, 8), halves = split(v128.load(w));
    low = i32x4.add(low, dot(pixels, halves, 0));
    high = i32x4.add(high, dot(pixels, halves, 2));
  }
  const rest = count & 3;
  if (rest) {
    const pixels = load_pixels(x, rest), halves = split(load_part(w, rest));
    low = i32x4.add(low, dot(pixels, halves, 0));
    high = i32x4.add(high, dot(pixels, halves, 2));
  }
  const sum = i32x4.shr_s(i32x4.add(i32x4.shl(high, LOW_BITS), low), BITS);
  const narrow = i16x8.narrow_i32x4_s(sum, sum);
  return i32x4.extract_lane(i8x16.narrow_i16x8_u(narrow, narrow), 0);
}

/** Four weights as i16: their low halves, then their high halves. */
// @ts-ignore: decorator
@inline
function split(w: v128): v128 {
  return i16x8.narrow_i32x4_s(v128.and(w, i32x4.splat((1 << LOW_BITS) - 1)), i32x4.shr_s(w, LOW_BITS));
}

/** Σ over four RGB pixels, a channel a lane; `part` 0 with the low halves of their weights, 2 with the high ones. */
// @ts-ignore: decorator
@inline
function dot(pixels: v128, halves: v128, part: i32): v128 {
  const first = i8x16.swizzle(pixels, i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
  const second = i8x16.swizzle(pixels, i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1));
  if (part == 0) {
    return i32x4.add(
      i32x4.dot_i16x8_s(first, v128.shuffle<i32>(halves, halves, 0, 0, 0, 0)),
      i32x4.dot_i16x8_s(second, v128.shuffle<i32>(halves, halves, 1, 1, 1, 1)),
    );
  }
  return i32x4.add(
    i32x4.dot_i16x8_s(first, v128.shuffle<i32>(halves, halves, 2, 2, 2, 2)),
    i32x4.dot_i16x8_s(second, v128.shuffle<i32>(halves, halves, 3, 3, 3, 3)),
  );
}

/** One to three pixels; reads no byte beyond them. */
// @ts-ignore: decorator
@inline
function load_pixels(x: usize, count: usize): v128 {
  if (count == 1) return v128.load8_lane(x, v128.load16_lane(x, i32x4.splat(0), 0), 2, 2);
  if (count == 2) return v128.load16_lane(x, v128.load32_zero(x), 2, 4);
  return v128.load8_lane(x, v128.load64_zero(x), 8, 8);
}
