/**
 * Stores the columns of four rows: lane j of a, b, c, d goes to `to + j·step` bytes, for the first `count` columns.
 */
// @ts-ignore: decorator
@inline
export function store_columns(to: usize, step: usize, a: v128, b: v128, c: v128, d: v128, count: usize): void {
  const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(ab01, cd01, 0, 2));
  if (count > 1) v128.store(to + step, v128.shuffle<f64>(ab01, cd01, 1, 3));
  if (count > 2) v128.store(to + 2 * step, v128.shuffle<f64>(ab23, cd23, 0, 2));
  if (count > 3) v128.store(to + 3 * step, v128.shuffle<f64>(ab23, cd23, 1, 3));
}
