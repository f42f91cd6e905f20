// The end of a product: out = epilogue(scale ⊙ acc + shift) for one micro-tile.
import { activate } from "../simd/activation";
import { gelu_approximate } from "../simd/gelu_approximate";

/** out += value; 0 stores, from 2 on the value goes through activation `epilogue − 2`. The order of EPILOGUES in TypeScript. */
export const ADD: i32 = 1;
const FIRST_ACTIVATION: i32 = 2;
/** The last of the 16 activations. */
export const LAST_EPILOGUE: i32 = FIRST_ACTIVATION + 15;
/** The gelu of integer layers. */
const GELU_APPROXIMATE: i32 = LAST_EPILOGUE + 1;

/** The next layer is one of integers, too, whose rounding is a hundred times the error of the approximate gelu. */
// @ts-ignore: decorator
@inline
export function integer_epilogue(epilogue: i32): i32 {
  return epilogue == FIRST_ACTIVATION ? GELU_APPROXIMATE : epilogue;
}

/** The scale and the shift of a layer without them, for the columns of a tile. */
export const ONES = memory.data<f32>([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
export const ZEROS = memory.data(64, 16);

/**
 * out[i][:cols] = epilogue(scale ⊙ acc[i] + shift) for the first `count` rows of a tile of sums, `width` sums a row. `outs`
 * are the addresses of those rows of out, `offset` the byte of their first column; scale and shift are the addresses of that
 * column's values, or 0.
 */
export function store_tile(
  epilogue: i32, acc: usize, width: usize, count: usize, cols: usize, outs: usize, offset: usize, scale: usize, shift: usize,
): void {
  if (!scale) scale = ONES;
  if (!shift) shift = ZEROS;
  // columns, four at a time and the last three singly
  for (let j: usize = 0, step: usize = 4; j < cols; j += step) {
    if (cols - j < 4) step = 1;
    const at = j << 2, s = load_columns(scale + at, step), b = load_columns(shift + at, step);
    // rows of the tile
    for (let i: usize = 0; i < count; ++i) {
      const out = load<usize>(outs + (i << 2)) + offset + at;
      const value = f32x4.add(f32x4.mul(load_columns(acc + ((i * width + j) << 2), step), s), b);
      const result = epilogue == ADD ? f32x4.add(load_columns(out, step), value) : activation_of(epilogue, value);
      if (step == 4) v128.store(out, result);
      else v128.store32_lane(out, result, 0);
    }
  }
}

/** Four columns, or a single one in all lanes. */
// @ts-ignore: decorator
@inline
function load_columns(at: usize, step: usize): v128 {
  return step == 4 ? v128.load(at) : v128.load32_splat(at);
}

// @ts-ignore: decorator
@inline
function activation_of(epilogue: i32, value: v128): v128 {
  if (epilogue == GELU_APPROXIMATE) return gelu_approximate(value);
  return epilogue >= FIRST_ACTIVATION ? activate(epilogue - FIRST_ACTIVATION, value) : value;
}

/** Whether {@link store_full_tile} has `epilogue`: without an activation, or the gelu of integer layers. */
// @ts-ignore: decorator
@inline
export function has_full_store(epilogue: i32, integer: bool): bool {
  return epilogue <= ADD || (integer && epilogue == GELU_APPROXIMATE);
}

/** {@link store_tile} of all `width` columns, 8, 12 or 16; inlined, with `width` and `integer` known. */
// @ts-ignore: decorator
@inline
export function store_full_tile(
  epilogue: i32, integer: bool, acc: usize, width: usize, count: usize, outs: usize, offset: usize, scale: usize, shift: usize,
): void {
  // rows of the tile
  for (const end = outs + (count << 2); outs < end; outs += 4, acc += width << 2) {
    const out = load<usize>(outs) + offset;
    store_four(epilogue, integer, out, acc, scale, shift);
    store_four(epilogue, integer, out + 16, acc + 16, scale + 16, shift + 16);
    if (width > 8) store_four(epilogue, integer, out + 32, acc + 32, scale + 32, shift + 32);
    if (width > 12) store_four(epilogue, integer, out + 48, acc + 48, scale + 48, shift + 48);
  }
}

// @ts-ignore: decorator
@inline
function store_four(epilogue: i32, integer: bool, out: usize, acc: usize, scale: usize, shift: usize): void {
  let value = f32x4.add(f32x4.mul(v128.load(acc), v128.load(scale)), v128.load(shift));
  if (epilogue == ADD) value = f32x4.add(v128.load(out), value);
  else if (integer && epilogue == GELU_APPROXIMATE) value = gelu_approximate(value);
  v128.store(out, value);
}
