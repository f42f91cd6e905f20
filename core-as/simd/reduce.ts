// Across the four lanes, always in the order (0 ∘ 2) ∘ (1 ∘ 3).

// @ts-ignore: decorator
@inline
export function sum(x: v128): f32 {
  const pair = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1);
}

/** The largest lane; a NaN is ignored if there is a number. */
// @ts-ignore: decorator
@inline
export function max(x: v128): f32 {
  const pair = f32x4.pmax(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pair, v128.shuffle<f32>(pair, pair, 1, 0, 1, 0)), 0);
}

/** The sum of four integers. */
// @ts-ignore: decorator
@inline
export function sum_i32(x: v128): i32 {
  const pair = i32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return i32x4.extract_lane(pair, 0) + i32x4.extract_lane(pair, 1);
}
