// The second pass of Pillow's 8-bit resize: out[i] = clip8((2²¹ + Σ_t weights[i, t]·x[starts[i] + t]) >> 22), byte by byte
// over whole rows, t < counts[i], weights in units of 2⁻²².

const BITS: i32 = 22;
const HALF: i32 = 1 << (BITS - 1);
const BLOCK: usize = 16;

/** Rows [begin, end) of out, `bytes` bytes each; strides in bytes. starts and counts are i32 [rows], weights i32 [rows, taps]. */
export function resample_vertical(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  bytes: usize, starts: usize, counts: usize, weights: usize, taps: usize,
): void {
  // output rows
  for (let i = begin; i < end; ++i) {
    const to = out + i * outStride, w = weights + (i * taps << 2);
    const from = x + load<u32>(starts + (i << 2)) * xStride, count = load<u32>(counts + (i << 2));
    if (bytes < BLOCK) {
      for (let j: usize = 0; j < bytes; ++j) store<u8>(to + j, single(from + j, xStride, w, count));
    } else {
      for (let j: usize = 0; j + BLOCK <= bytes; j += BLOCK) block(to + j, from + j, xStride, w, count);
      // the last block may overlap the one before; both write the same bytes
      if (bytes % BLOCK) block(to + bytes - BLOCK, from + bytes - BLOCK, xStride, w, count);
    }
  }
}

/** Sixteen neighboring bytes. */
function block(out: usize, x: usize, stride: usize, w: usize, count: usize): void {
  let a = i32x4.splat(HALF), b = a, c = a, d = a;
  // taps: one input row each
  for (const end = w + (count << 2); w < end; w += 4, x += stride) {
    const row = v128.load(x), weight = v128.load32_splat(w);
    const low = i16x8.extend_low_i8x16_u(row), high = i16x8.extend_high_i8x16_u(row);
    a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), weight));
    b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), weight));
    c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), weight));
    d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), weight));
  }
  const left = i16x8.narrow_i32x4_s(i32x4.shr_s(a, BITS), i32x4.shr_s(b, BITS));
  const right = i16x8.narrow_i32x4_s(i32x4.shr_s(c, BITS), i32x4.shr_s(d, BITS));
  v128.store(out, i8x16.narrow_i16x8_u(left, right));
}

function single(x: usize, stride: usize, w: usize, count: usize): u8 {
  let sum = HALF;
  for (const end = w + (count << 2); w < end; w += 4, x += stride) sum += load<i32>(w) * <i32>load<u8>(x);
  return <u8>min(max(sum >> BITS, 0), 255);
}
