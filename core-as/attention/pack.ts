import { load_part } from "../simd/part";
import { store_columns } from "../simd/transpose";
import { PANEL } from "./layout";

/** out [⌈tokens/16⌉, headDim, 16] = the keys, transposed; tokens beyond the last are 0. k points at the head's columns. */
export function pack_keys(out: usize, k: usize, stride: usize, tokens: usize, headDim: usize): void {
  const row = PANEL << 2, whole = headDim & ~3, rest = headDim & 3;
  for (let first: usize = 0; first < tokens; first += PANEL, out += headDim * row) {
    for (let group: usize = 0; group < PANEL; group += 4) {
      const token = first + group, from = k + token * stride, left = tokens > token ? tokens - token : 0;
      let to = out + (group << 2);
      for (let p: usize = 0; p < whole; p += 4, to += 4 * row) transpose(to, row, from + (p << 2), stride, left, 4);
      if (rest) transpose(to, row, from + (whole << 2), stride, left, rest);
    }
  }
}

/** Four keys of `count` ≤ 4 floats; from `left` on there is none. */
// @ts-ignore: decorator
@inline
function transpose(to: usize, step: usize, from: usize, stride: usize, left: usize, count: usize): void {
  const none = f32x4.splat(0);
  const a = left > 0 ? load_some(from, count) : none;
  const b = left > 1 ? load_some(from + stride, count) : none;
  const c = left > 2 ? load_some(from + 2 * stride, count) : none;
  const d = left > 3 ? load_some(from + 3 * stride, count) : none;
  store_columns(to, step, a, b, c, d, count);
}

/** out [⌈headDim/16⌉, tokens, 16] = the values; columns beyond the last are 0. v points at the head's columns. */
export function pack_values(out: usize, v: usize, stride: usize, tokens: usize, headDim: usize): void {
  for (let first: usize = 0; first < headDim; first += PANEL) {
    const cols = min(PANEL, headDim - first);
    let from = v + (first << 2);
    for (let t: usize = 0; t < tokens; ++t, from += stride, out += PANEL << 2) {
      for (let c: usize = 0; c < PANEL; c += 4) {
        v128.store(out + (c << 2), c < cols ? load_some(from + (c << 2), min(4, cols - c)) : f32x4.splat(0));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function load_some(from: usize, count: usize): v128 {
  return count == 4 ? v128.load(from) : load_part(from, count);
}
