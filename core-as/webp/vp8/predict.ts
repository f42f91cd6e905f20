// Intra prediction of whole blocks, 16 × 16 luma and 8 × 8 chroma (RFC 6386, section 12). Neighbors are read in place: the row
// above and the column to the left of `to`. Outside of the frame they are 127 and 129, and a DC leaves them out.
import { DC_PRED, H_PRED, V_PRED } from "./modes";

/** Predicts a block of `size` (16 or 8) at `to`. */
export function predict(mode: i32, to: usize, stride: usize, size: usize, has_above: bool, has_left: bool): void {
  if (mode == DC_PRED) fill(to, stride, size, i8x16.splat(<i8>dc_of(to, stride, size, has_above, has_left)));
  else if (mode == V_PRED) fill(to, stride, size, v128.load(to - stride));
  else if (mode == H_PRED) repeat_left(to, stride, size);
  else true_motion(to, stride, size);
}

// @ts-ignore: decorator
@inline
function store_row(to: usize, size: usize, pixels: v128): void {
  if (size == 16) v128.store(to, pixels);
  else v128.store64_lane(to, pixels, 0);
}

function fill(to: usize, stride: usize, size: usize, row: v128): void {
  for (let y: usize = 0; y < size; ++y, to += stride) store_row(to, size, row);
}

function repeat_left(to: usize, stride: usize, size: usize): void {
  for (let y: usize = 0; y < size; ++y, to += stride) store_row(to, size, v128.load8_splat(to - 1));
}

function dc_of(to: usize, stride: usize, size: usize, has_above: bool, has_left: bool): u32 {
  let sum: u32 = 0, count: u32 = 0;
  if (has_above) {
    for (let x: usize = 0; x < size; ++x) sum += load<u8>(to - stride + x);
    count += <u32>size;
  }
  if (has_left) {
    for (let y: usize = 0; y < size; ++y) sum += load<u8>(to - 1 + y * stride);
    count += <u32>size;
  }
  return count ? (sum + (count >> 1)) / count : 128;
}

/** Above plus left minus the corner, kept within a byte. */
function true_motion(to: usize, stride: usize, size: usize): void {
  const above = v128.load(to - stride), corner = i16x8.splat(load<u8>(to - stride - 1));
  const low = i16x8.sub(i16x8.extend_low_i8x16_u(above), corner);
  const high = i16x8.sub(i16x8.extend_high_i8x16_u(above), corner);
  for (let y: usize = 0; y < size; ++y, to += stride) {
    const left = i16x8.splat(load<u8>(to - 1));
    store_row(to, size, i8x16.narrow_i16x8_u(i16x8.add(low, left), i16x8.add(high, left)));
  }
}
