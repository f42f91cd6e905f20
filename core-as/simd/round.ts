// Rounding to integers by one addition, ties to even.

/** Adding it rounds an f32 of up to 2²² to an integer, which is then in the low bits of the sum. */
export const MAGIC: f32 = 12582912;
export const MAGIC_BITS: i32 = 0x4b400000;

/** round(x·factor) + zero, where `bias` is zero − MAGIC_BITS. */
// @ts-ignore: decorator
@inline
export function round_4(x: v128, factor: v128, bias: v128): v128 {
  return i32x4.add(f32x4.add(f32x4.mul(x, factor), f32x4.splat(MAGIC)), bias);
}
