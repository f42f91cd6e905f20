// Activations beyond the 7 bits of their row, as LLM.int8() (Dettmers et al. 2022) separates outliers, but exactly: the tile
// takes them clamped to 0…127, and their residuals q − clamped are listed with the row. The products of the residuals
// with the weights are added to the sums in 32 bits.
import { load_some } from "../simd/part";
import { MAGIC_BITS, round_4 } from "../simd/round";
import { GROUP, OUTLIERS, ROW_COUNT, ROW_HEADER, ROW_LIST } from "./quantized_lhs";
import { NR_Q8 } from "./shape";

/** Bits of one weight in the 32 of a group. */
const WIDTH: i32 = 32 / <i32>GROUP;

/**
 * Lists the residuals of those of k values whose q = round(x·inverse) + zero is outside of 0…127. Returns how many there are,
 * or more than OUTLIERS.
 */
export function list_residuals(list: usize, x: usize, k: usize, inverse: f32, zero: i32): i32 {
  const factor = f32x4.splat(inverse), bias = i32x4.splat(zero - MAGIC_BITS);
  let count = 0;
  // four values at a time, of which most have no outlier
  for (let p: usize = 0; p < k && count <= OUTLIERS; p += 4) {
    const left = min<usize>(k - p, 4), q = round_4(load_some(x + (p << 2), left), factor, bias);
    if (!v128.any_true(i32x4.gt_u(q, i32x4.splat(127)))) continue;
    for (let i = p; i < p + left; ++i) count = put_entry(list, count, <i32>nearest(load<f32>(x + (i << 2)) * inverse) + zero, i);
  }
  return count;
}

function put_entry(list: usize, count: i32, q: i32, position: usize): i32 {
  const residual = q - max(min(q, 127), 0);
  if (residual == 0) return count;
  if (count < OUTLIERS) store<u32>(list + (count << 2), (residual & 0xffff) | <u32>position << 16);
  return count + 1;
}

/** sums[8] i32 += Σ residual·w over the list of the row whose values begin at `row`; w as layout_q8.ts says. */
export function add_residuals(sums: usize, row: usize, panel: usize): void {
  let left = v128.load(sums), right = v128.load(sums, 16), at = row - ROW_HEADER + ROW_LIST;
  // entries of the list
  for (const end = at + (load<i32>(row - ROW_HEADER, ROW_COUNT) << 2); at < end; at += 4) {
    const residual = i32x4.splat(<i32>load<i16>(at)), position = <usize>load<u16>(at, 2);
    const step = panel + position / GROUP * (NR_Q8 * 4), shift = WIDTH * <i32>(GROUP - 1 - position % GROUP);
    left = i32x4.add(left, i32x4.mul(residual, weights(step, shift)));
    right = i32x4.add(right, i32x4.mul(residual, weights(step + 16, shift)));
  }
  v128.store(sums, left);
  v128.store(sums, right, 16);
}

/** One weight of each of four columns. */
// @ts-ignore: decorator
@inline
function weights(step: usize, shift: i32): v128 {
  return i32x4.shr_s(i32x4.shl(v128.load(step), shift), 32 - WIDTH);
}
