import { load_some } from "../simd/part";
import { store_columns } from "../simd/transpose";
import { PANEL, round_up } from "./layout_f32";

/** out [⌈tokens/16⌉, headDim, 16] = the keys, transposed; tokens beyond the last are 0. k points at the head's columns. */
export function pack_keys(out: usize, k: usize, stride: usize, tokens: usize, headDim: usize): void {
  const row = PANEL << 2, whole = headDim & ~3, rest = headDim & 3;
  // panels of 16 keys, then four keys, then four values of them
  for (let first: usize = 0; first < tokens; first += PANEL, out += headDim * row) {
    for (let group: usize = 0; group < PANEL; group += 4) {
      const token = first + group, from = k + token * stride, left = tokens > token ? tokens - token : 0;
      let to = out + (group << 2);
      for (let p: usize = 0; p < whole; p += 4, to += 4 * row) transpose(to, row, from + (p << 2), stride, left, 4);
      if (rest) transpose(to, row, from + (whole << 2), stride, left, rest);
    }
  }
}

/** Four keys of `count` ≤ 4 floats; those from `left` on are 0. */
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
  const panel = tokens * PANEL << 2, whole = headDim & ~(PANEL - 1);
  // tokens, and in each the panels of 16 columns
  for (let t: usize = 0; t < tokens; ++t, v += stride, out += PANEL << 2) {
    let to = out;
    for (let c: usize = 0; c < whole; c += PANEL, to += panel) {
      const from = v + (c << 2);
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      v128.store(to, v128.load(from, 32), 32);
      v128.store(to, v128.load(from, 48), 48);
    }
    // the last panel, four columns at a time
    for (let c = whole; c < round_up(headDim); c += 4, to += 16) {
      v128.store(to, c < headDim ? load_some(v + (c << 2), min(4, headDim - c)) : f32x4.splat(0));
    }
  }
}
