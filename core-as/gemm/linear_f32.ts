// out = epilogue(scale ⊙ (x·Wᵀ) + shift), W f32 [n, k]: the sums run over k in order, each product and each sum rounded once.
import { DRIVE_SCRATCH, copied_bytes, linear } from "./gemm";
import { F32Panel, pack, packed_bytes, unpack } from "./panel_f32";

export function linear_f32(
  begin: usize, end: usize, rows: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  linear<F32Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch);
}

export function linear_bytes_f32(n: usize, k: usize): usize {
  return packed_bytes<F32Panel>(n, k);
}

export function linear_scratch_f32(k: usize): usize {
  return DRIVE_SCRATCH + copied_bytes(k);
}

export function pack_f32(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  pack<F32Panel>(begin, end, w, src, n, k);
}

export function unpack_f32(begin: usize, end: usize, dst: usize, w: usize, n: usize, k: usize): void {
  unpack<F32Panel>(begin, end, dst, w, n, k);
}
