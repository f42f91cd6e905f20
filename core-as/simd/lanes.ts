// What all kernels share: the one multiply-add, and constants.

/** The fused build is compiled with `--use BEIT_FUSED=f32`; the name is not defined elsewhere. */
// @ts-ignore: defined by the option
export const FUSED: bool = isDefined(BEIT_FUSED);

/**
 * a·b + c. With strict arithmetic the product and the sum are rounded, as on every machine; with fused arithmetic the sum alone,
 * where the processor does so (the host checks it: src/wasm/lowering.ts).
 */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return FUSED ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** Value `i` of a table in all lanes. Engines rebuild a v128 constant at each use; a load is one instruction. */
// @ts-ignore: decorator
@inline
export function constant(table: usize, i: usize): v128 {
  return v128.load32_splat(table + (i << 2));
}
