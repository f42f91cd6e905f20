// out = epilogue(scale ⊙ (x·Wᵀ) + shift), W kept as f16, widened exactly a panel at a time.
import { DRIVE_SCRATCH, linear } from "./gemm";
import { F16Panel, pack, packed_bytes, unpack } from "./panel_f32";
import { NR } from "./shape";

export function linear_f16(
  begin: usize, end: usize, rows: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  linear<F16Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch);
}

export function linear_bytes_f16(n: usize, k: usize): usize {
  return packed_bytes<F16Panel>(n, k);
}

export function linear_scratch_f16(k: usize): usize {
  return DRIVE_SCRATCH + ((k * NR + 7) & ~7) * 4;
}

export function pack_f16(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  pack<F16Panel>(begin, end, w, src, n, k);
}

export function unpack_f16(begin: usize, end: usize, dst: usize, w: usize, n: usize, k: usize): void {
  unpack<F16Panel>(begin, end, dst, w, n, k);
}
