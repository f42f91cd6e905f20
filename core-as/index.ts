// The exports of the core, nothing else; src/wasm/kernels.ts documents each.

import { FUSED } from "./simd/lanes";

/** First byte the host may use. */
export const heapBase: usize = __heap_base;

/** Which build this is. */
export const relaxed: bool = ASC_FEATURE_RELAXED_SIMD;
/** Whether products of f32 are fused with their sums. */
export const fused: bool = FUSED;

export { linear, linear_bytes, linear_scratch, linear_units } from "./gemm/linear";
export { pack, pack_quantized, unpack, unpack_quantized } from "./gemm/linear";
export { conv_f32, conv1x1_f32 } from "./maps/conv_f32";
export { adaptive_avg_pool } from "./maps/adaptive_avg_pool";
export { channels_first } from "./maps/channels_first";
export { copy_map } from "./maps/copy_map";
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
export { form } from "./gemm/forms";
export { choose_form, dot_is_exact, dot_of_extremes, madd_is_fused } from "./probes";
export { resample_horizontal } from "./picture/resample_horizontal";
export { resample_vertical } from "./picture/resample_vertical";
