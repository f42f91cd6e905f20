import { activate } from "../simd/activation";
import { gelu_near } from "../simd/gelu_approximate";

/** out += value; 0 stores, from 2 on the value goes through activation `epilogue − 2`. */
export const ADD: i32 = 1;
const FIRST_ACTIVATION: i32 = 2;
/** The last of the 16 activations. */
export const LAST_EPILOGUE: i32 = FIRST_ACTIVATION + 15;
/** gelu as layers of integers compute it. */
const GELU_NEAR: i32 = LAST_EPILOGUE + 1;

/** Integers in, integers next: a gelu near enough to theirs. */
// @ts-ignore: decorator
@inline
export function integer_epilogue(epilogue: i32): i32 {
  return epilogue == FIRST_ACTIVATION ? GELU_NEAR : epilogue;
}

/** The scale and the shift of a layer that has none, for the columns of a tile. */
export const ONES = memory.data<f32>([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
export const ZEROS = memory.data(64, 16);

/**
 * out[i][:cols] = epilogue(scale ⊙ acc[i] + shift) for the first `count` rows of a finished tile, `width` sums a row.
 * `outs` are the addresses of those output rows, `offset` the byte of their first column; scale and shift are the
 * addresses of that column's values, or 0.
 */
export function finish(
  epilogue: i32, acc: usize, width: usize, count: usize, cols: usize, outs: usize, offset: usize, scale: usize, shift: usize,
): void {
  if (!scale) scale = ONES;
  if (!shift) shift = ZEROS;
  for (let j: usize = 0, step: usize = 4; j < cols; j += step) {
    if (cols - j < 4) step = 1;
    const at = j << 2, s = next(scale + at, step), b = next(shift + at, step);
    for (let i: usize = 0; i < count; ++i) {
      const out = load<usize>(outs + (i << 2)) + offset + at;
      const value = f32x4.add(f32x4.mul(next(acc + ((i * width + j) << 2), step), s), b);
      const ended = epilogue == ADD ? f32x4.add(next(out, step), value) : end_with(epilogue, value);
      if (step == 4) v128.store(out, ended);
      else v128.store32_lane(out, ended, 0);
    }
  }
}

/** Four columns, or one that has no three neighbours. */
// @ts-ignore: decorator
@inline
function next(at: usize, step: usize): v128 {
  return step == 4 ? v128.load(at) : v128.load32_splat(at);
}

// @ts-ignore: decorator
@inline
function end_with(epilogue: i32, value: v128): v128 {
  if (epilogue == GELU_NEAR) return gelu_near(value);
  return epilogue >= FIRST_ACTIVATION ? activate(epilogue - FIRST_ACTIVATION, value) : value;
}

/** Whether {@link finish_whole} knows `epilogue`: no activation, or the one of integers where tiles have 8 columns. */
// @ts-ignore: decorator
@inline
export function is_plain(epilogue: i32, width: usize): bool {
  return epilogue <= ADD || (width == 8 && epilogue == GELU_NEAR);
}

/** {@link finish} of all `width` columns, 8, 12 or 16; inlined, with `width` known. */
// @ts-ignore: decorator
@inline
export function finish_whole(
  epilogue: i32, acc: usize, width: usize, count: usize, outs: usize, offset: usize, scale: usize, shift: usize,
): void {
  for (const end = outs + (count << 2); outs < end; outs += 4, acc += width << 2) {
    const out = load<usize>(outs) + offset;
    put(epilogue, width, out, acc, scale, shift);
    put(epilogue, width, out + 16, acc + 16, scale + 16, shift + 16);
    if (width > 8) put(epilogue, width, out + 32, acc + 32, scale + 32, shift + 32);
    if (width > 12) put(epilogue, width, out + 48, acc + 48, scale + 48, shift + 48);
  }
}

// @ts-ignore: decorator
@inline
function put(epilogue: i32, width: usize, out: usize, acc: usize, scale: usize, shift: usize): void {
  let value = f32x4.add(f32x4.mul(v128.load(acc), v128.load(scale)), v128.load(shift));
  if (epilogue == ADD) value = f32x4.add(v128.load(out), value);
  else if (width == 8 && epilogue == GELU_NEAR) value = gelu_near(value);
  v128.store(out, value);
}
