// How a quantised row lies: a header, a list of outliers, and its values: bytes for the relaxed dot, 16-bit lanes for the
// strict one. x ≈ scale·(q − zero), q in 0…127 but for the outliers: gemm/outliers.ts.

/** Entries of the list at most. */
export const OUTLIERS: i32 = 32;
/** Header: scale f32, zero i32, entries of the list i32, nothing. Entry: excess i16, place u16. */
export const ROW_COUNT: usize = 8;
export const ROW_LIST: usize = 16;
export const ROW_HEADER: usize = ROW_LIST + OUTLIERS * 4;
/** Inputs that one step of a tile takes of a row: 32 bits of them. */
export const GROUP: usize = ASC_FEATURE_RELAXED_SIMD ? 4 : 2;

/** Bytes of a quantised row of k values. */
// @ts-ignore: decorator
@inline
export function row_bytes(k: usize): usize {
  return ROW_HEADER + ((k + 7) & ~7) * (4 / GROUP);
}

/** Stores eight values, −128 and above, clamped to 127. */
// @ts-ignore: decorator
@inline
export function put_8(to: usize, q: v128): void {
  if (ASC_FEATURE_RELAXED_SIMD) v128.store64_lane(to, i8x16.narrow_i16x8_s(q, q), 0);
  else v128.store(to, i16x8.min_s(q, i16x8.splat(127)));
}
