// out = epilogue(scale ⊙ (x·Wᵀ) + shift), W kept as bf16, widened exactly a panel at a time.
import { DRIVE_SCRATCH, linear } from "./gemm";
import { BF16Panel, pack, packed_bytes, unpack } from "./panel_f32";
import { NR } from "./shape";

export function linear_bf16(
  begin: usize, end: usize, rows: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  linear<BF16Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch);
}

export function linear_bytes_bf16(n: usize, k: usize): usize {
  return packed_bytes<BF16Panel>(n, k);
}

export function linear_scratch_bf16(k: usize): usize {
  return DRIVE_SCRATCH + k * NR * 4;
}

export function pack_bf16(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  pack<BF16Panel>(begin, end, w, src, n, k);
}

export function unpack_bf16(begin: usize, end: usize, dst: usize, w: usize, n: usize, k: usize): void {
  unpack<BF16Panel>(begin, end, dst, w, n, k);
}
