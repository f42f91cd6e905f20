// The exports of the WebP core; src/image/webp/webpCore.ts documents each.
export { failure, failure_at } from "./failure";
export { release_all, reserve } from "./memory";
export { start_frame, next_lines, lines } from "./vp8/frame";
export { start_image, next_rows, check_pixels, rgb_rows } from "./vp8l/image";
