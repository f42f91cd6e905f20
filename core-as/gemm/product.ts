import { madd } from "../simd/lanes";

/** The fused build is compiled with `--use BEIT_FUSED=f32`; the name is not defined elsewhere. */
// @ts-ignore: defined by the option
export const FUSED: bool = isDefined(BEIT_FUSED);

/**
 * One product of the f32 micro-kernel added to its sum. With strict arithmetic both are rounded, as on every machine; with
 * fused arithmetic the sum alone, where the processor does so (the host checks it: src/wasm/lowering.ts).
 */
// @ts-ignore: decorator
@inline
export function add_product(a: v128, b: v128, sum: v128): v128 {
  if (FUSED) return f32x4.relaxed_madd(a, b, sum);
  return madd(a, b, sum);
}
