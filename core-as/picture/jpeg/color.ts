// Rows of components to RGB, sixteen pixels at a time; up to 15 pixels too many are written.

/** What the components are. */
export const GRAY: u32 = 0;
export const RGB: u32 = 1;
export const YCC: u32 = 2;
export const CMYK: u32 = 3;

/** One row of the picture; `black` is the fourth component of CMYK and YCCK. */
export function paint_row(colors: u32, out: usize, a: usize, b: usize, c: usize, black: usize, width: usize): void {
  if (colors == GRAY) b = c = a;
  const isYcc = colors == YCC || colors > CMYK, hasBlack = colors >= CMYK;
  for (const end = a + width; a < end; a += 16, b += 16, c += 16, black += 16, out += 48) {
    let red = v128.load(a), green = v128.load(b), blue = v128.load(c);
    if (isYcc) {
      const cbLow = centered(i16x8.extend_low_i8x16_u(green)), cbHigh = centered(i16x8.extend_high_i8x16_u(green));
      const crLow = centered(i16x8.extend_low_i8x16_u(blue)), crHigh = centered(i16x8.extend_high_i8x16_u(blue));
      const yLow = i16x8.extend_low_i8x16_u(red), yHigh = i16x8.extend_high_i8x16_u(red);
      red = i8x16.narrow_i16x8_u(red_of(yLow, crLow), red_of(yHigh, crHigh));
      green = i8x16.narrow_i16x8_u(green_of(yLow, cbLow, crLow), green_of(yHigh, cbHigh, crHigh));
      blue = i8x16.narrow_i16x8_u(blue_of(yLow, cbLow), blue_of(yHigh, cbHigh));
    }
    if (hasBlack) {
      const k = v128.load(black);
      // YCCK is CMYK whose first three are 255 − RGB, coded as YCbCr
      red = with_black(isYcc ? v128.not(red) : red, k);
      green = with_black(isYcc ? v128.not(green) : green, k);
      blue = with_black(isYcc ? v128.not(blue) : blue, k);
    }
    store_rgb(out, red, green, blue);
  }
}

// @ts-ignore: decorator
@inline
function centered(x: v128): v128 {
  return i16x8.sub(x, i16x8.splat(128));
}

// JFIF's YCbCr → RGB as libjpeg has it with 16 fraction bits: R = Y + 1.402 Cr, G = Y − 0.34414 Cb − 0.71414 Cr, B = Y + 1.772 Cb.
// What a whole Cr or Cb leaves is 0.402 Cr and −0.228 Cb: rounded from 15 bits it is the same for all 256 values.

// @ts-ignore: decorator
@inline
function red_of(y: v128, cr: v128): v128 {
  return i16x8.add(i16x8.add(y, cr), i16x8.q15mulr_sat_s(cr, i16x8.splat(13174)));
}

// @ts-ignore: decorator
@inline
function blue_of(y: v128, cb: v128): v128 {
  return i16x8.add(i16x8.add(y, i16x8.add(cb, cb)), i16x8.q15mulr_sat_s(cb, i16x8.splat(-7471)));
}

/** Y − Cr + ((−22554 Cb + (65536 − 46802) Cr + 2¹⁵) >> 16). */
// @ts-ignore: decorator
@inline
function green_of(y: v128, cb: v128, cr: v128): v128 {
  const weights = i16x8(-22554, 18734, -22554, 18734, -22554, 18734, -22554, 18734), half = i32x4.splat(1 << 15);
  const low = i32x4.add(i32x4.dot_i16x8_s(v128.shuffle<i16>(cb, cr, 0, 8, 1, 9, 2, 10, 3, 11), weights), half);
  const high = i32x4.add(i32x4.dot_i16x8_s(v128.shuffle<i16>(cb, cr, 4, 12, 5, 13, 6, 14, 7, 15), weights), half);
  return i16x8.add(i16x8.sub(y, cr), i16x8.narrow_i32x4_s(i32x4.shr_s(low, 16), i32x4.shr_s(high, 16)));
}

/**
 * What is left of light k behind ink 255 − `light`: k − round(ink · k / 255), as Pillow rounds. Adobe writes CMYK inverted, 255
 * for no ink, and Pillow takes every CMYK JPEG to be Adobe's.
 */
// @ts-ignore: decorator
@inline
function with_black(light: v128, k: v128): v128 {
  const ink = v128.not(light);
  return i8x16.sub_sat_u(k, i8x16.narrow_i16x8_u(over_255(i16x8.extmul_low_i8x16_u(ink, k)), over_255(i16x8.extmul_high_i8x16_u(ink, k))));
}

/** (p + 128 + ((p + 128) >> 8)) >> 8, of u16. */
// @ts-ignore: decorator
@inline
function over_255(product: v128): v128 {
  const p = i16x8.add(product, i16x8.splat(128));
  return i16x8.shr_u(i16x8.add(p, i16x8.shr_u(p, 8)), 8);
}

/** Sixteen pixels, 48 bytes; 4 more are written. */
// @ts-ignore: decorator
@inline
export function store_rgb(out: usize, red: v128, green: v128, blue: v128): void {
  const rgLow = i8x16.shuffle(red, green, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const rgHigh = i8x16.shuffle(red, green, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const bbLow = i8x16.shuffle(blue, blue, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const bbHigh = i8x16.shuffle(blue, blue, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  store_four(out, v128.shuffle<i16>(rgLow, bbLow, 0, 8, 1, 9, 2, 10, 3, 11));
  store_four(out + 12, v128.shuffle<i16>(rgLow, bbLow, 4, 12, 5, 13, 6, 14, 7, 15));
  store_four(out + 24, v128.shuffle<i16>(rgHigh, bbHigh, 0, 8, 1, 9, 2, 10, 3, 11));
  store_four(out + 36, v128.shuffle<i16>(rgHigh, bbHigh, 4, 12, 5, 13, 6, 14, 7, 15));
}

// @ts-ignore: decorator
@inline
function store_four(out: usize, pixels: v128): void {
  v128.store(out, i8x16.shuffle(pixels, pixels, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15));
}
