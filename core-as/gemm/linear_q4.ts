// out = epilogue(scale ⊙ (x·Wᵀ) + shift), W in 4 bits, 32 values a block, unpacked to q8 a panel at a time: panel_q4.ts.
import { row_bytes } from "./quantized_lhs";
import { DRIVE_SCRATCH, linear } from "./gemm";
import { packed_bytes } from "./panel_f32";
import { Q4Panel, opened_bytes, pack_raw_q4, pack_rows_q4, unpack_raw_q4, unpack_rows_q4 } from "./panel_q4";
import { MC } from "./shape";

export function linear_q4(
  begin: usize, end: usize, rows: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  linear<Q4Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch);
}

export function linear_bytes_q4(n: usize, k: usize): usize {
  return packed_bytes<Q4Panel>(n, k);
}

export function linear_scratch_q4(k: usize): usize {
  return DRIVE_SCRATCH + MC * row_bytes(k) + opened_bytes(k);
}

export function pack_q4(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  pack_rows_q4(begin, end, w, src, n, k);
}

export function unpack_q4(begin: usize, end: usize, dst: usize, w: usize, n: usize, k: usize): void {
  unpack_rows_q4(begin, end, dst, w, k);
}

export function pack_q4_raw(
  begin: usize, end: usize, w: usize, bytes: usize, scales: usize, n: usize, k: usize,
): void {
  pack_raw_q4(begin, end, w, bytes, scales, n, k);
}

export function unpack_q4_raw(
  begin: usize, end: usize, bytes: usize, scales: usize, w: usize, n: usize, k: usize,
): void {
  unpack_raw_q4(begin, end, bytes, scales, w, k);
}
