// Rows copied, added and blended. xStride 0 repeats one row.
import { madd } from "../simd/lanes";
import { load_part, store_part } from "../simd/part";
import { row_copy } from "../simd/row";

/** out = x. */
export function copy_rows(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize, cols: usize,
): void {
  for (let i = begin; i < end; ++i) row_copy(out + (i * outStride << 2), x + (i * xStride << 2), cols);
}

/** out += x. */
export function add_rows(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize, cols: usize,
): void {
  const rest = cols & 3, whole = (cols & ~3) << 2;
  // rows, four columns at a time, then the last one to three
  for (let i = begin; i < end; ++i) {
    const to = out + (i * outStride << 2), from = x + (i * xStride << 2);
    for (let j: usize = 0; j < whole; j += 16) v128.store(to + j, f32x4.add(v128.load(to + j), v128.load(from + j)));
    if (rest) {
      store_part(to + whole, f32x4.add(load_part(to + whole, rest), load_part(from + whole, rest)), rest);
    }
  }
}

/** out[i] = out[i]·(1 − mask[i]) + row·mask[i]. */
export function blend_rows(
  begin: usize, end: usize, out: usize, outStride: usize, row: usize, mask: usize, cols: usize,
): void {
  const rest = cols & 3, whole = (cols & ~3) << 2;
  // rows, four columns at a time, then the last one to three
  for (let i = begin; i < end; ++i) {
    const to = out + (i * outStride << 2);
    const m = v128.load32_splat(mask + (i << 2)), keep = f32x4.sub(f32x4.splat(1), m);
    for (let j: usize = 0; j < whole; j += 16) {
      v128.store(to + j, madd(v128.load(to + j), keep, f32x4.mul(v128.load(row + j), m)));
    }
    if (rest) {
      const kept = f32x4.mul(load_part(to + whole, rest), keep);
      store_part(to + whole, f32x4.add(kept, f32x4.mul(load_part(row + whole, rest), m)), rest);
    }
  }
}
