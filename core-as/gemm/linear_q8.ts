// out = epilogue(scale ⊙ (x·Wᵀ) + shift), W in 8 bits with a scale a row, x quantised to 7 bits row by row on the way in:
// Σ_p (q_x − zero)·q_w is exact, so every build gives the same bits. Layout and rounding: panel_q8.ts, quantize_row.ts.
import { row_bytes } from "./quantized_lhs";
import { DRIVE_SCRATCH, linear } from "./gemm";
import { packed_bytes } from "./panel_f32";
import { Q8Panel, open_bytes_q8, pack_raw, pack_rows, unpack_raw, unpack_rows } from "./panel_q8";
import { MC } from "./shape";

export function linear_q8(
  begin: usize, end: usize, rows: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  linear<Q8Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch);
}

export function linear_bytes_q8(n: usize, k: usize): usize {
  return packed_bytes<Q8Panel>(n, k);
}

export function linear_scratch_q8(k: usize): usize {
  return DRIVE_SCRATCH + MC * row_bytes(k) + open_bytes_q8(k);
}

export function pack_q8(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  pack_rows(begin, end, w, src, n, k);
}

export function unpack_q8(begin: usize, end: usize, dst: usize, w: usize, n: usize, k: usize): void {
  unpack_rows(begin, end, dst, w, k);
}

export function pack_q8_raw(
  begin: usize, end: usize, w: usize, bytes: usize, scales: usize, n: usize, k: usize,
): void {
  pack_raw(begin, end, w, bytes, scales, n, k);
}

export function unpack_q8_raw(
  begin: usize, end: usize, bytes: usize, scales: usize, w: usize, n: usize, k: usize,
): void {
  unpack_raw(begin, end, bytes, scales, w, k);
}
