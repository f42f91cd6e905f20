// out[c] = (Σ_i x[i][c])/rows. A column is four sums, of the rows i ≡ 0, 1, 2, 3 mod 4, whatever its neighbor columns are.
import { load_some, store_some } from "../simd/part";

/** Columns [begin, end). */
export function mean_rows(begin: usize, end: usize, out: usize, x: usize, xStride: usize, rows: usize): void {
  const count = f32x4.splat(<f32>rows), stride = xStride << 2;
  // four columns at a time
  for (let c = begin; c < end; c += 4) {
    const cols = min(4, end - c);
    store_some(out + (c << 2), f32x4.div(column_sums(x + (c << 2), stride, rows, cols), count), cols);
  }
}

/** Sums of `cols` ≤ 4 neighboring columns. */
// @ts-ignore: decorator
@inline
function column_sums(x: usize, stride: usize, rows: usize, cols: usize): v128 {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  let i: usize = 0;
  // four rows at a time, a sum for each
  for (; i + 4 <= rows; i += 4) {
    a = f32x4.add(a, load_some(x, cols));
    b = f32x4.add(b, load_some(x + stride, cols));
    c = f32x4.add(c, load_some(x + 2 * stride, cols));
    d = f32x4.add(d, load_some(x + 3 * stride, cols));
    x += 4 * stride;
  }
  if (i < rows) a = f32x4.add(a, load_some(x, cols));
  if (i + 1 < rows) b = f32x4.add(b, load_some(x + stride, cols));
  if (i + 2 < rows) c = f32x4.add(c, load_some(x + 2 * stride, cols));
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}
