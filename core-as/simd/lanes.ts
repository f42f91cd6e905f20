// What all kernels share: the one multiply-add, and constants.

/** a·b + c with two roundings, as every engine does it; a fused multiply-add would differ from machine to machine. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Value `i` of a table in all lanes. Engines rebuild a v128 constant at each use; a load is one instruction. */
// @ts-ignore: decorator
@inline
export function constant(table: usize, i: usize): v128 {
  return v128.load32_splat(table + (i << 2));
}
