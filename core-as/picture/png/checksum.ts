// Adler-32 of zlib (RFC 1950): a is the sum of all bytes and 1, b the sum of all a, both mod 65521.

const MODULUS: u32 = 65521;
/** So many bytes fit before the sums must be reduced; a multiple of 16. */
const MOST: usize = 5536;

/** The checksum of what `sum` is of and the bytes [from, to) behind it. */
export function adler32(sum: u32, from: usize, to: usize): u32 {
  let a = sum & 0xffff, b = sum >> 16;
  const weights = i8x16(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
  for (let at = from; at < to; ) {
    const end = at + min(to - at, MOST), first = at;
    let bytes = i32x4.splat(0), before = i32x4.splat(0), weighted = i32x4.splat(0);
    // sixteen bytes a turn: their sum, the sums before them, and each byte as often as it is in b
    for (; at + 16 <= end; at += 16) {
      const these = v128.load(at);
      before = i32x4.add(before, bytes);
      bytes = i32x4.add(bytes, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(these)));
      weighted = i32x4.add(weighted, i32x4.extadd_pairwise_i16x8_u(i16x8.extmul_low_i8x16_u(these, weights)));
      weighted = i32x4.add(weighted, i32x4.extadd_pairwise_i16x8_u(i16x8.extmul_high_i8x16_u(these, weights)));
    }
    b += a * <u32>(at - first) + (lanes(before) << 4) + lanes(weighted);
    a += lanes(bytes);
    for (; at < end; ++at) {
      a += load<u8>(at);
      b += a;
    }
    a %= MODULUS;
    b %= MODULUS;
  }
  return b << 16 | a;
}

// @ts-ignore: decorator
@inline
function lanes(v: v128): u32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}
