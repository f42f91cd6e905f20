// Not published: the kernels of the WebP core one by one, for test/core-as/webp.
export { release_all, reserve } from "./memory";
export { filter_inner, filter_outer, filter_simple } from "./vp8/edge_filter";
export { row_to_rgb } from "./vp8/color";
export { predict } from "./vp8/predict";
export { predict_subblock } from "./vp8/predict_subblock";
export { add_block, add_dc, add_three, add_two_blocks, add_two_dcs, spread_dcs } from "./vp8/transform";
export { columns_to_rows, rows_to_columns } from "./vp8/turn";
export { predict_pixels } from "./vp8l/predictors";
