// A row of RGB from luma and two rows of each chroma plane. Chroma is interpolated: 9, 3, 3 and 1 sixteenths of the nearest
// four samples. Colors follow ITU-R BT.601 with video levels, in fixed point as libwebp has it: each product is cut to two
// fractional bits more than the result keeps.

/** floor(x · (256·whole + rest) / 256) for lanes 0…255: exact in 16 bits. */
// @ts-ignore: decorator
@inline
function times(x: v128, whole: i16, rest: i16): v128 {
  const fraction = i16x8.shr_u(i16x8.mul(x, i16x8.splat(rest)), 8);
  return i16x8.add(i16x8.mul(x, i16x8.splat(whole)), fraction);
}

/** 16 bytes of three vectors, interleaved. In each the even pixels come first: pixel i is byte (i & 1) · 8 + (i >> 1). */
// @ts-ignore: decorator
@inline
function store_rgb(to: usize, r: v128, g: v128, b: v128): void {
  const rg0 = i8x16.shuffle(r, g, 0, 16, 0, 8, 24, 0, 1, 17, 0, 9, 25, 0, 2, 18, 0, 10);
  const rg1 = i8x16.shuffle(r, g, 26, 0, 3, 19, 0, 11, 27, 0, 4, 20, 0, 12, 28, 0, 5, 21);
  const rg2 = i8x16.shuffle(r, g, 0, 13, 29, 0, 6, 22, 0, 14, 30, 0, 7, 23, 0, 15, 31, 0);
  v128.store(to, i8x16.shuffle(rg0, b, 0, 1, 16, 3, 4, 24, 6, 7, 17, 9, 10, 25, 12, 13, 18, 15));
  v128.store(to, i8x16.shuffle(rg1, b, 0, 26, 2, 3, 19, 5, 6, 27, 8, 9, 20, 11, 12, 28, 14, 15), 16);
  v128.store(to, i8x16.shuffle(rg2, b, 21, 1, 2, 29, 4, 5, 22, 7, 8, 30, 10, 11, 23, 13, 14, 31), 32);
}

/** Eight samples of a row, as 16-bit lanes. */
// @ts-ignore: decorator
@inline
function samples(at: usize): v128 {
  return v128.load8x8_u(at);
}

/** Three parts of the near row, one part of the far one. */
// @ts-ignore: decorator
@inline
function blended(near: usize, far: usize): v128 {
  return i16x8.add(i16x8.mul(samples(near), i16x8.splat(3)), samples(far));
}

/** Chroma of a pixel: three parts of its own sample, one part of its neighbor, in sixteenths. */
// @ts-ignore: decorator
@inline
function chroma(own: v128, neighbor: v128): v128 {
  const sum = i16x8.add(i16x8.add(own, own), i16x8.add(own, neighbor));
  return i16x8.shr_u(i16x8.add(sum, i16x8.splat(8)), 4);
}

// @ts-ignore: decorator
@inline
function red(y: v128, v: v128): v128 {
  return i16x8.shr_s(i16x8.sub(i16x8.add(y, times(v, 102, 37)), i16x8.splat(14234)), 6);
}

// @ts-ignore: decorator
@inline
function green(y: v128, u: v128, v: v128): v128 {
  const minus = i16x8.add(times(u, 25, 19), times(v, 52, 8));
  return i16x8.shr_s(i16x8.add(i16x8.sub(y, minus), i16x8.splat(8708)), 6);
}

/** The sum can pass 2¹⁵; all such are 255. */
// @ts-ignore: decorator
@inline
function blue(y: v128, u: v128): v128 {
  return i16x8.shr_s(i16x8.add_sat_s(y, i16x8.sub(times(u, 129, 26), i16x8.splat(17685))), 6);
}

/**
 * Writes `width` pixels, and up to 15 more behind them. Each chroma row has its first sample once more before it and its last
 * once more behind it.
 */
export function row_to_rgb(
  to: usize, width: usize, y: usize, u_near: usize, u_far: usize, v_near: usize, v_far: usize,
): void {
  for (let x: usize = 0; x < width; x += 16, to += 48) {
    const c = x >> 1;
    const u = blended(u_near + c, u_far + c), v = blended(v_near + c, v_far + c);
    // even pixels lean to the sample before, odd ones to the sample behind
    const u0 = chroma(u, blended(u_near + c - 1, u_far + c - 1)), u1 = chroma(u, blended(u_near + c + 1, u_far + c + 1));
    const v0 = chroma(v, blended(v_near + c - 1, v_far + c - 1)), v1 = chroma(v, blended(v_near + c + 1, v_far + c + 1));
    const luma = v128.load(y + x);
    const y0 = times(v128.and(luma, i16x8.splat(0xff)), 74, 133), y1 = times(i16x8.shr_u(luma, 8), 74, 133);
    store_rgb(
      to,
      i8x16.narrow_i16x8_u(red(y0, v0), red(y1, v1)),
      i8x16.narrow_i16x8_u(green(y0, u0, v0), green(y1, u1, v1)),
      i8x16.narrow_i16x8_u(blue(y0, u0), blue(y1, u1)),
    );
  }
}
