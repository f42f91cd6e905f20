// The exports of the core, nothing else; src/wasm/kernels.ts documents each.

/** First byte the host may use. */
export const heapBase: usize = __heap_base;

/** Which build this is. */
export const relaxed: bool = ASC_FEATURE_RELAXED_SIMD;

export { linear_f32, linear_bytes_f32, linear_scratch_f32, pack_f32, unpack_f32 } from "./gemm/linear_f32";
export { linear_f16, linear_bytes_f16, linear_scratch_f16, pack_f16, unpack_f16 } from "./gemm/linear_f16";
export { linear_bf16, linear_bytes_bf16, linear_scratch_bf16, pack_bf16, unpack_bf16 } from "./gemm/linear_bf16";
export { linear_q8, linear_bytes_q8, linear_scratch_q8, pack_q8, unpack_q8 } from "./gemm/linear_q8";
export { pack_q8_raw, unpack_q8_raw } from "./gemm/linear_q8";
export { linear_q4, linear_bytes_q4, linear_scratch_q4, pack_q4, unpack_q4, pack_q4_raw, unpack_q4_raw } from "./gemm/linear_q4";
export { linear_units_f32, linear_units_q8 } from "./gemm/partition";
export { conv_f32, conv1x1_f32 } from "./maps/conv_f32";
export { adaptive_avg_pool } from "./maps/adaptive_avg_pool";
export { channels_first } from "./maps/channels_first";
export { max_pool } from "./maps/max_pool";
export { resize_bilinear } from "./maps/resize_bilinear";
export { layer_norm } from "./rows/layer_norm";
export { mean_rows } from "./rows/mean_rows";
export { patchify } from "./rows/patchify";
export { add_rows, blend_rows, copy_rows } from "./rows/rows";
export { softmax } from "./rows/softmax";
export { attention, attention_scratch, attention_units } from "./attention/attention_f32";
export { attention_q8, attention_scratch_q8, attention_units_q8 } from "./attention/attention_q8";
export { attention_probabilities } from "./attention/attention_probabilities";
export { dot_is_exact } from "./dot_is_exact";
export { resample_horizontal } from "./picture/resample_horizontal";
export { resample_vertical } from "./picture/resample_vertical";
