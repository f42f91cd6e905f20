// Inputs beyond the 7 bits of their row. A tile takes them clamped to 0…127; what they lack, their excess, is listed with
// the row and its products with the weights are added to the sums in 32 bits, exactly: q = clamped + excess.
import { GROUP, OUTLIERS, ROW_COUNT, ROW_HEADER, ROW_LIST } from "./quantized_lhs";
import { load_some } from "../simd/part";
import { MAGIC_BITS, round_4 } from "../simd/round";
import { NR_Q8 } from "./shape";

/** Bits of one weight in the 32 of a group. */
const WIDTH: i32 = 32 / <i32>GROUP;

/** Lists the q = round(x·inverse) + zero outside of 0…127 of k values; returns how many there are, or more than OUTLIERS. */
export function list_outliers(list: usize, x: usize, k: usize, inverse: f32, zero: i32): i32 {
  const factor = f32x4.splat(inverse), bias = i32x4.splat(zero - MAGIC_BITS);
  let count = 0;
  for (let p: usize = 0; p < k && count <= OUTLIERS; p += 4) {
    const left = min<usize>(k - p, 4), q = round_4(load_some(x + (p << 2), left), factor, bias);
    if (!v128.any_true(i32x4.gt_u(q, i32x4.splat(127)))) continue;
    for (let i = p; i < p + left; ++i) count = put_entry(list, count, <i32>nearest(load<f32>(x + (i << 2)) * inverse) + zero, i);
  }
  return count;
}

function put_entry(list: usize, count: i32, q: i32, place: usize): i32 {
  const excess = q - max(min(q, 127), 0);
  if (excess == 0) return count;
  if (count < OUTLIERS) store<u32>(list + (count << 2), (excess & 0xffff) | <u32>place << 16);
  return count + 1;
}

/** sums[8] i32 += Σ excess·w over the list of the row whose values begin at `row`; w as panel_q8.ts lays them out. */
export function add_outliers(sums: usize, row: usize, panel: usize): void {
  let left = v128.load(sums), right = v128.load(sums, 16), at = row - ROW_HEADER + ROW_LIST;
  for (const end = at + (load<i32>(row - ROW_HEADER, ROW_COUNT) << 2); at < end; at += 4) {
    const excess = i32x4.splat(<i32>load<i16>(at)), place = <usize>load<u16>(at, 2);
    const step = panel + place / GROUP * (NR_Q8 * 4), shift = WIDTH * <i32>(GROUP - 1 - place % GROUP);
    left = i32x4.add(left, i32x4.mul(excess, weights(step, shift)));
    right = i32x4.add(right, i32x4.mul(excess, weights(step + 16, shift)));
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
