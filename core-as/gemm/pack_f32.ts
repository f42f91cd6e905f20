// Packs rows of W [n, k] into panels of floating-point values, and back. P is one of the policies of panel_f32.ts.
import { store_columns } from "../simd/transpose";
import { nr_f32 } from "./shape";

/** Rows [begin, end) of W from src [end − begin, k] into w. */
export function pack_values<P>(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  const step = nr_f32() * changetype<P>(0).size();
  // rows of W, four at a time where they are side by side in one panel
  for (let row = begin; row < end;) {
    let to = lane<P>(w, row, k);
    if (changetype<P>(0).size() == 4 && row % 4 == 0 && end - row >= 4) {
      pack_four(to, src, k);
      row += 4;
      src += k << 4;
    } else {
      // the values of one row
      for (let last = src + (k << 2); src < last; src += 4, to += step) changetype<P>(0).put(to, load<f32>(src));
      ++row;
    }
  }
  if (end != n) return;
  // the padding columns of the last panel
  for (let row = n; row % nr_f32() != 0; ++row) {
    let to = lane<P>(w, row, k);
    for (let p: usize = 0; p < k; ++p, to += step) changetype<P>(0).put(to, 0);
  }
}

/** Four rows of f32, side by side in a panel since NR is a multiple of four. */
function pack_four(to: usize, src: usize, k: usize): void {
  const row = k << 2, step = nr_f32() << 2, whole = src + (row & ~15), last = src + row;
  // squares of four rows by four values, transposed
  for (; src < whole; src += 16, to += 4 * step) {
    const a = v128.load(src), b = v128.load(src + row), c = v128.load(src + 2 * row), d = v128.load(src + 3 * row);
    store_columns(to, step, a, b, c, d, 4);
  }
  // the last one to three values of the four rows
  for (; src < last; src += 4, to += step) {
    for (let i: usize = 0; i < 4; ++i) store<f32>(to + (i << 2), load<f32>(src + i * row));
  }
}

/** Rows [begin, end) of w into dst [end − begin, k]. */
export function unpack_values<P>(begin: usize, end: usize, dst: usize, w: usize, k: usize): void {
  const step = nr_f32() * changetype<P>(0).size();
  // rows of W, and in each the values along k
  for (let row = begin; row < end; ++row) {
    let from = lane<P>(w, row, k);
    for (let last = dst + (k << 2); dst < last; dst += 4, from += step) store<f32>(dst, changetype<P>(0).get(from));
  }
}

/** Address of the first value of a row. */
// @ts-ignore: decorator
@inline
function lane<P>(w: usize, row: usize, k: usize): usize {
  return w + (row / nr_f32() * k * nr_f32() + row % nr_f32()) * changetype<P>(0).size();
}
