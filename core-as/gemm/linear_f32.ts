// out = epilogue(scale ⊙ (x·Wᵀ) + shift), W f32 [n, k] packed as panels [⌈n/NR⌉, k, NR], padding lanes 0.
import { DRIVE_SCRATCH, drive } from "./drive";
import { F32Panel, lane, packed_bytes } from "./panel";
import { NR } from "./shape";

export function linear_f32(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  drive<F32Panel>(
    begin, end, usize.MAX_VALUE, out, 0, outStride << 2, x, 0, xStride << 2, 1, 0,
    w, n, k, scale, shift, epilogue, scratch,
  );
}

export function linear_bytes_f32(n: usize, k: usize): usize {
  return packed_bytes(n, k, 4);
}

export function linear_scratch_f32(k: usize): usize {
  return DRIVE_SCRATCH;
}

export function pack_f32(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  for (let row = begin; row < end; ++row) {
    let to = lane(w, row, k, 4);
    for (let last = src + (k << 2); src < last; src += 4, to += NR << 2) store<f32>(to, load<f32>(src));
  }
  if (end == n) for (let row = n; row % NR != 0; ++row) {
    let to = lane(w, row, k, 4);
    for (let p: usize = 0; p < k; ++p, to += NR << 2) store<f32>(to, 0);
  }
}

export function unpack_f32(begin: usize, end: usize, dst: usize, w: usize, n: usize, k: usize): void {
  for (let row = begin; row < end; ++row) {
    let from = lane(w, row, k, 4);
    for (let last = dst + (k << 2); dst < last; dst += 4, from += NR << 2) store<f32>(dst, load<f32>(from));
  }
}
