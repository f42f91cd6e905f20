// f16 and bf16 to f32, exactly, four at a time, and back with rounding to nearest, ties to even.

/** Four f16 in the low halves of 32-bit lanes. Subnormals are m·2⁻²⁴ = 2⁻¹⁴·(1 + m/1024) − 2⁻¹⁴: no slow f32 subnormal. */
// @ts-ignore: decorator
@inline
export function widen_f16(h: v128): v128 {
  const exponent = v128.and(h, i32x4.splat(0x7c00));
  const subnormal = i32x4.eq(exponent, i32x4.splat(0));
  const infinite = i32x4.eq(exponent, i32x4.splat(0x7c00));
  let bits = i32x4.add(i32x4.shl(v128.and(h, i32x4.splat(0x7fff)), 13), i32x4.splat(112 << 23));
  bits = i32x4.add(bits, v128.and(infinite, i32x4.splat(112 << 23)));
  bits = i32x4.add(bits, v128.and(subnormal, i32x4.splat(1 << 23)));
  const magnitude = f32x4.sub(bits, v128.and(subnormal, i32x4.splat(113 << 23)));
  return v128.or(magnitude, i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16));
}

/** No zero, subnormal, infinity or NaN among eight f16: adding 1 to the exponent fields 31 and 0 leaves 0 and 1. */
// @ts-ignore: decorator
@inline
export function all_normal_f16(h: v128): bool {
  const exponents = v128.and(i16x8.add(h, i16x8.splat(0x0400)), i16x8.splat(0x7800));
  return i16x8.all_true(exponents);
}

/** {@link widen_f16} where {@link all_normal_f16}: move the fields into place, raise the exponent. */
// @ts-ignore: decorator
@inline
export function widen_normal_f16(h: v128): v128 {
  const fields = v128.and(i32x4.shr_s(i32x4.shl(h, 16), 3), i32x4.splat(0x8fffe000));
  return i32x4.add(fields, i32x4.splat(112 << 23));
}

/** Four bf16 in the low halves of 32-bit lanes. */
// @ts-ignore: decorator
@inline
export function widen_bf16(h: v128): v128 {
  return i32x4.shl(h, 16);
}

/** From 65520 on infinity; NaN becomes the quiet NaN 0x7e00. */
// @ts-ignore: decorator
@inline
export function narrow_f16(value: f32): u16 {
  const bits = reinterpret<u32>(value), magnitude = bits & 0x7fffffff, sign = (bits >>> 16) & 0x8000;
  if (magnitude >= 0x47800000) return <u16>(sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00));
  // below 2⁻¹⁴ adding 0.5, whose last bit is worth 2⁻²⁴, rounds to the grid of subnormals
  if (magnitude < 0x38800000) return <u16>(sign | (reinterpret<u32>(reinterpret<f32>(magnitude) + <f32>0.5) - 0x3f000000));
  return <u16>(sign | ((magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13));
}

/** NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function narrow_bf16(value: f32): u16 {
  const bits = reinterpret<u32>(value);
  if (value != value) return <u16>((bits >>> 16) | 0x40);
  return <u16>((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
}
