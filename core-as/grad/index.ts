// The exports of the core for training: the forward kernels in f32, and the gradients. src/train/engine/kernels.ts
// documents each. It is a module of its own, so that the engine for inference does not grow.

/** First byte the host may use. */
export const heapBase: usize = __heap_base;

export { layer_norm } from "../rows/layer_norm";
export { mean_rows } from "../rows/mean_rows";
export { patchify } from "../rows/patchify";
export { add_rows, blend_rows, copy_rows } from "../rows/rows";
export { attention, attention_scratch, attention_units } from "../attention/attention_f32";
/** Threads set it in every core. */
export { form } from "../gemm/forms";
export { adamw_8bit } from "./adamw_8bit";
export { activate_rows, activation_backward } from "./activation_backward";
export { attention_backward, attention_backward_scratch } from "./attention_backward";
export { attention_dropout } from "./attention_dropout";
export { dropout } from "./dropout";
export { layer_norm_backward, layer_norm_parameters } from "./layer_norm_backward";
export { adamw, blend, scale, sgd, sum_of_squares } from "./optimizer";
export { linear_f32, linear_scratch_f32, linear_units_f32 } from "./linear_f32";
export { adaptive_avg_pool } from "../maps/adaptive_avg_pool";
export { conv_f32 } from "../maps/conv_f32";
export { copy_map } from "../maps/copy_map";
export { max_pool } from "../maps/max_pool";
export { resize_bilinear } from "../maps/resize_bilinear";
export { batch_norm, batch_norm_backward, batch_norm_parameters, batch_statistics } from "./batch_norm";
export { adaptive_avg_pool_backward, max_pool_backward, resize_bilinear_backward } from "./maps_backward";
export { pack_columns, pack_columns_f16, pack_flipped, pack_panels, pack_panels_f16, transpose } from "./pack";
export { dot_rows, scale_rows, spread_rows, sum_rows } from "./rows";
export { unpatchify } from "./unpatchify";
