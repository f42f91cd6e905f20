// A 3×3 convolution with padding 1 on channels-last maps that have a border of one zero pixel: a linear layer over the pixels
// whose k inputs are three runs of 3·c floats, one in each map row. W is [n, 3·3·c] in the order (ky, kx, c).
import { gemm } from "../gemm/gemm";
import { F32Panel } from "../gemm/panel_f32";

/** Output image rows [begin, end). x points at the border pixel up and left of output pixel (0, 0). */
export function conv_f32(
  begin: usize, end: usize, out: usize, outRowStride: usize, outPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize, width: usize,
  w: usize, n: usize, c: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  assert(xPixelStride == c, "the pixels of a row must be contiguous");
  gemm<F32Panel>(
    begin * width, end * width, width, out, outRowStride << 2, outPixelStride << 2,
    x, xRowStride << 2, xPixelStride << 2, 3, xRowStride << 2,
    w, n, 3 * c, scale, shift, epilogue, scratch,
  );
}

/** Output image rows [begin, end) of a 1×1 convolution between channels-last maps; out and x point at pixel (0, 0). */
export function conv1x1_f32(
  begin: usize, end: usize, out: usize, outRowStride: usize, outPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize, width: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  gemm<F32Panel>(
    begin * width, end * width, width, out, outRowStride << 2, outPixelStride << 2,
    x, xRowStride << 2, xPixelStride << 2, 1, 0,
    w, n, k, scale, shift, epilogue, scratch,
  );
}
