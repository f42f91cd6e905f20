// The exports of the core for pictures, nothing else; src/image/pictureCore.ts documents each.

/** First byte the host may use. */
export const heapBase: usize = __heap_base;

export { jpeg_huffman } from "./jpeg/huffman";
export { jpeg_open, jpeg_scan_end, jpeg_suspended } from "./jpeg/segment";
export { jpeg_component, jpeg_quantization } from "./jpeg/component";
export { jpeg_scan, jpeg_scan_part, jpeg_scan_rows } from "./jpeg/scan";
export { jpeg_precision, jpeg_smooth } from "./jpeg/smooth";
export { jpeg_frame, jpeg_pixels } from "./jpeg/stripes";
export { png_failure, png_open, png_pass, png_rows, png_wrong_checksum } from "./png/rows";
export { png_format, png_palette, png_spacing } from "./png/picture";
export { resample_horizontal } from "./resample_horizontal";
export { resample_vertical } from "./resample_vertical";
