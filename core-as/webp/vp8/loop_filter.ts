// The loop filter of one macroblock: left edge, inner vertical edges, upper edge, inner horizontal edges, in this order.
import { filter_inner, filter_outer, filter_simple } from "./edge_filter";
import { EDGE_LIMIT, HEV_THRESHOLD, INTERIOR_LIMIT } from "./header";
import { columns_to_rows, rows_to_columns } from "./turn";

/** [8][16] pixels around an edge that is not filtered in place, and the first row behind the edge. */
const TURNED = memory.data(8 * 16, 16);
const BEHIND = TURNED + 4 * 16;

/** Filters the luma at `y` with the simple filter. */
export function filter_macroblock_simple(
  filter: usize, y: usize, stride: usize, has_left: bool, has_above: bool, inner: bool,
): void {
  const limit = <u32>load<u8>(filter, EDGE_LIMIT);
  if (has_left) simple_vertical(y, stride, limit + 4);
  if (inner) for (let x: usize = 4; x < 16; x += 4) simple_vertical(y + x, stride, limit);
  if (has_above) filter_simple(y, stride, limit + 4);
  if (inner) for (let row: usize = 4; row < 16; row += 4) filter_simple(y + row * stride, stride, limit);
}

function simple_vertical(at: usize, stride: usize, limit: u32): void {
  const first = at - 4, second = first + 8 * stride;
  columns_to_rows(first, second, stride, TURNED);
  filter_simple(BEHIND, 16, limit);
  rows_to_columns(TURNED, first, second, stride);
}

/** Filters luma at `y` and chroma at `u` and `v` with the normal filter. */
export function filter_macroblock(
  filter: usize, y: usize, stride: usize, u: usize, v: usize, chroma_stride: usize, has_left: bool, has_above: bool, inner: bool,
): void {
  const limit = <u32>load<u8>(filter, EDGE_LIMIT);
  const interior = <u32>load<u8>(filter, INTERIOR_LIMIT), threshold = <u32>load<u8>(filter, HEV_THRESHOLD);
  if (has_left) {
    vertical(y, y + 8 * stride, stride, limit + 4, interior, threshold, true);
    vertical(u, v, chroma_stride, limit + 4, interior, threshold, true);
  }
  if (inner) {
    for (let x: usize = 4; x < 16; x += 4) {
      vertical(y + x, y + x + 8 * stride, stride, limit, interior, threshold, false);
    }
    vertical(u + 4, v + 4, chroma_stride, limit, interior, threshold, false);
  }
  if (has_above) {
    filter_outer(y, stride, limit + 4, interior, threshold);
    horizontal_chroma(u, v, chroma_stride, limit + 4, interior, threshold, true);
  }
  if (inner) {
    for (let row: usize = 4; row < 16; row += 4) filter_inner(y + row * stride, stride, limit, interior, threshold);
    horizontal_chroma(u + 4 * chroma_stride, v + 4 * chroma_stride, chroma_stride, limit, interior, threshold, false);
  }
}

/** A vertical edge of two pieces of eight rows, through rows. */
function vertical(
  first: usize, second: usize, stride: usize, limit: u32, interior: u32, threshold: u32, outer: bool,
): void {
  columns_to_rows(first - 4, second - 4, stride, TURNED);
  if (outer) filter_outer(BEHIND, 16, limit, interior, threshold);
  else filter_inner(BEHIND, 16, limit, interior, threshold);
  rows_to_columns(TURNED, first - 4, second - 4, stride);
}

/** A horizontal edge of the eight columns of both chroma planes, side by side. */
function horizontal_chroma(
  u: usize, v: usize, stride: usize, limit: u32, interior: u32, threshold: u32, outer: bool,
): void {
  u -= 4 * stride; v -= 4 * stride;
  for (let row: usize = 0; row < 8; ++row) {
    v128.store(TURNED + (row << 4), v128.load64_lane(v + row * stride, v128.load64_zero(u + row * stride), 1));
  }
  if (outer) filter_outer(BEHIND, 16, limit, interior, threshold);
  else filter_inner(BEHIND, 16, limit, interior, threshold);
  // the outermost rows do not change
  for (let row: usize = 1; row < 7; ++row) {
    const pixels = v128.load(TURNED + (row << 4));
    v128.store64_lane(u + row * stride, pixels, 0);
    v128.store64_lane(v + row * stride, pixels, 1);
  }
}
