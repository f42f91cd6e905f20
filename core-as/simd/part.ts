// The last one to three floats of a row, so that no kernel reads or writes beyond it.

/** Floats 0..count−1 at p, 0 in the other lanes; count 1..3. */
// @ts-ignore: decorator
@inline
export function load_part(p: usize, count: usize): v128 {
  if (count == 1) return v128.load32_zero(p);
  const two = v128.load64_zero(p);
  return count == 2 ? two : v128.load32_lane(p, two, 2, 8);
}

/** Lanes 0..count−1 to p; count 1..3. */
// @ts-ignore: decorator
@inline
export function store_part(p: usize, x: v128, count: usize): void {
  if (count == 1) {
    v128.store32_lane(p, x, 0);
  } else {
    v128.store64_lane(p, x, 0);
    if (count == 3) v128.store32_lane(p, x, 2, 8);
  }
}

/** Floats 0..count−1 at p; count 1..4. */
// @ts-ignore: decorator
@inline
export function load_some(p: usize, count: usize): v128 {
  return count == 4 ? v128.load(p) : load_part(p, count);
}

/** Lanes 0..count−1 to p; count 1..4. */
// @ts-ignore: decorator
@inline
export function store_some(p: usize, x: v128, count: usize): void {
  if (count == 4) v128.store(p, x);
  else store_part(p, x, count);
}

/** x in lanes 0..count−1, `filler` in the others. */
// @ts-ignore: decorator
@inline
export function fill_part(x: v128, count: usize, filler: v128): v128 {
  return v128.bitselect(x, filler, i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(<i32>count)));
}
