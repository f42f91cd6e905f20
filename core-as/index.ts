// The exports of the core, nothing else; src/wasm/kernels.ts documents each.

/** First byte the host may use. */
export const heapBase: usize = __heap_base;

export { linear_f32, linear_bytes_f32, linear_scratch_f32, pack_f32, unpack_f32 } from "./gemm/linear_f32";
export { conv_f32 } from "./gemm/conv_f32";
