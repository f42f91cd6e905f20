// The layout of a quantized row of activations: a header, a list of residuals, and the values: bytes for the relaxed dot,
// 16-bit lanes for the strict one. x ≈ scale·(q − zero), q in 0…127 apart from outliers (outliers.ts). Activations have a
// reduced range of 7 bits (cf. reduce_range in PyTorch), since the relaxed dot takes a signed byte and one of 7 bits.

/** Entries of the list at most. */
export const OUTLIERS: i32 = 32;
/** Header: scale f32, zero i32, number of entries i32, 4 unused bytes. Entry: residual i16, position u16. */
export const ROW_COUNT: usize = 8;
export const ROW_LIST: usize = 16;
export const ROW_HEADER: usize = ROW_LIST + OUTLIERS * 4;
/** Values of a row that one step of a tile takes: 32 bits of them. */
export const GROUP: usize = ASC_FEATURE_RELAXED_SIMD ? 4 : 2;

/** Bytes of a quantized row of k values; a tile may read sixteen bytes of them at once. */
// @ts-ignore: decorator
@inline
export function quantized_row_bytes(k: usize): usize {
  return ROW_HEADER + ((k + 15) & ~15) * (4 / GROUP);
}

/** Stores eight values, −128 and above, clamped to 127. */
// @ts-ignore: decorator
@inline
export function store_8(to: usize, q: v128): void {
  if (ASC_FEATURE_RELAXED_SIMD) v128.store64_lane(to, i8x16.narrow_i16x8_s(q, q), 0);
  else v128.store(to, i16x8.min_s(q, i16x8.splat(127)));
}
