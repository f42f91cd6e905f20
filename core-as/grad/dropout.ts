// Dropout from a counter: whether element i is kept depends on (key, i) alone, so that the backward pass draws the same
// again, nothing is stored, and threads do not matter.
import { load_part, store_part } from "../simd/part";

/** 32 random bits a lane: two rounds of multiply and shift over i, each with one half of the key. */
// @ts-ignore: decorator
@inline
export function random_bits(i: v128, key0: i32, key1: i32): v128 {
  let h = i32x4.add(i32x4.mul(i, i32x4.splat(0x9e3779b1)), i32x4.splat(key0));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x21f0aaad));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 15)), i32x4.splat(0x735a2d97));
  h = i32x4.add(v128.xor(h, i32x4.shr_u(h, 15)), i32x4.splat(key1));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** 1/(1 − rate) where element i is kept, else 0; it is kept when its upper 24 bits reach rate·2²⁴. */
// @ts-ignore: decorator
@inline
export function kept(i: usize, rate: f32, key0: i32, key1: i32): v128 {
  const bits = random_bits(i32x4.add(i32x4.splat(<i32>i), i32x4(0, 1, 2, 3)), key0, key1);
  const keeps = i32x4.ge_s(i32x4.shr_u(bits, 8), i32x4.splat(<i32>(rate * 16777216)));
  return v128.and(keeps, f32x4.splat(1 / (1 - rate)));
}

/** Rows [begin, end). out = x ⊙ kept, element (row, column) being number row·cols + column. */
export function dropout(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize, cols: usize,
  rate: f32, key0: i32, key1: i32,
): void {
  const rest = cols & 3, whole = cols & ~3;
  for (let i = begin; i < end; ++i) {
    const to = out + (i * outStride << 2), from = x + (i * xStride << 2), first = i * cols;
    // along the columns
    for (let c: usize = 0; c < whole; c += 4) {
      v128.store(to + (c << 2), f32x4.mul(v128.load(from + (c << 2)), kept(first + c, rate, key0, key1)));
    }
    if (rest) {
      const value = f32x4.mul(load_part(from + (whole << 2), rest), kept(first + whole, rate, key0, key1));
      store_part(to + (whole << 2), value, rest);
    }
  }
}
