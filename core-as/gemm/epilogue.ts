import { activate } from "../simd/activation";
import { gelu_near } from "../simd/gelu_near";

/** out += value; 0 stores, from 2 on the value goes through activation `epilogue − 2`. */
const ADD: i32 = 1;
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

/**
 * out[i][:cols] = epilogue(scale ⊙ acc[i] + shift) for the first `count` rows of a finished tile, `width` sums a row.
 * `outs` are the addresses of those output rows, `offset` the byte of their first column; scale and shift are the
 * addresses of that column's values, or 0.
 */
export function finish(
  epilogue: i32, acc: usize, width: usize, count: usize, cols: usize, outs: usize, offset: usize, scale: usize, shift: usize,
): void {
  const whole = cols & ~3;
  for (let j: usize = 0; j < whole; j += 4) {
    const s = scale ? v128.load(scale + (j << 2)) : f32x4.splat(1);
    const b = shift ? v128.load(shift + (j << 2)) : f32x4.splat(0);
    for (let i: usize = 0; i < count; ++i) {
      const out = load<usize>(outs + (i << 2)) + offset + (j << 2);
      const value = f32x4.add(f32x4.mul(v128.load(acc + ((i * width + j) << 2)), s), b);
      v128.store(out, end_with(epilogue, value, out));
    }
  }
  for (let j = whole; j < cols; ++j) {
    const s: f32 = scale ? load<f32>(scale + (j << 2)) : 1;
    const b: f32 = shift ? load<f32>(shift + (j << 2)) : 0;
    for (let i: usize = 0; i < count; ++i) {
      const out = load<usize>(outs + (i << 2)) + offset + (j << 2);
      const value = load<f32>(acc + ((i * width + j) << 2)) * s + b;
      store<f32>(out, end_with_one(epilogue, value, out));
    }
  }
}

// @ts-ignore: decorator
@inline
function end_with(epilogue: i32, value: v128, out: usize): v128 {
  if (epilogue == GELU_NEAR) return gelu_near(value);
  if (epilogue >= FIRST_ACTIVATION) return activate(epilogue - FIRST_ACTIVATION, value);
  return epilogue == ADD ? f32x4.add(v128.load(out), value) : value;
}

/** The same for a column that has no three neighbours. */
// @ts-ignore: decorator
@inline
function end_with_one(epilogue: i32, value: f32, out: usize): f32 {
  if (epilogue == GELU_NEAR) return f32x4.extract_lane(gelu_near(f32x4.splat(value)), 0);
  if (epilogue >= FIRST_ACTIVATION) {
    return f32x4.extract_lane(activate(epilogue - FIRST_ACTIVATION, f32x4.splat(value)), 0);
  }
  return epilogue == ADD ? load<f32>(out) + value : value;
}
