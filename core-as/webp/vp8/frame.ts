// A VP8 key frame, one row of macroblocks after the other. A row is reconstructed in `recon`, whose pixels stay unfiltered since the
// next row is predicted from them; then it is copied behind the last lines of the row above, filtered, and turned into RGB as
// far as the next row cannot change it any more.
import { DATA_END, NO_MEMORY, fail } from "../failure";
import { reserve, reserve_zeros } from "../memory";
import { AT, ENDED } from "./bool_decoder";
import { row_to_rgb } from "./color";
import { EDGE_LIMIT, FILTER_BYTES, filters, first_partition, partition_of, read_header, simple_filter } from "./header";
import { filter_macroblock, filter_macroblock_simple } from "./loop_filter";
import { reconstruct_chroma, reconstruct_luma } from "./macroblock";
import { B_PRED, luma_mode, read_modes, reserve_modes, segment, skips, start_modes_row } from "./modes";
import { read_residuals, reserve_residuals, skip_residuals, start_residuals_row } from "./residuals";

/** Bytes before each line: the pixel to the left of the frame, and room for vectors. */
const BORDER: usize = 16;
/** Lines of the row above that the filter of a row may still change, or reads. */
const KEPT: usize = 8, KEPT_CHROMA: usize = 4;

let width: u32 = 0, height: u32 = 0, columns: u32 = 0, rows: u32 = 0, row: u32 = 0;
let stride: usize = 0, chroma_stride: usize = 0;
// Addresses of the first pixel of the row: unfiltered, and filtered.
let recon_y: usize = 0, recon_u: usize = 0, recon_v: usize = 0;
let final_y: usize = 0, final_u: usize = 0, final_v: usize = 0;
/** By macroblock of the row: its index into `filters`, and 8 where its inner edges are filtered. */
let filter_choices: usize = 0;
/** The finished lines, RGB. */
export let lines: usize = 0;

/** Reads the header of the frame [from, end) and reserves the memory of its rows. */
export function start_frame(from: usize, end: usize, frame_width: u32, frame_height: u32): bool {
  width = frame_width;
  height = frame_height;
  columns = width + 15 >> 4;
  rows = height + 15 >> 4;
  row = 0;
  if (!read_header(from, end)) return false;
  const fits = reserve_modes(columns) && reserve_residuals(columns) && reserve_lines();
  if (!fits) return fail(NO_MEMORY, from);
  start_above();
  return true;
}

function reserve_lines(): bool {
  stride = BORDER + (columns << 4) + 32;
  chroma_stride = BORDER + (columns << 3) + 32;
  recon_y = reserve(17 * stride) + stride + BORDER;
  recon_u = reserve(9 * chroma_stride) + chroma_stride + BORDER;
  recon_v = reserve(9 * chroma_stride) + chroma_stride + BORDER;
  final_y = reserve_zeros((KEPT + 16) * stride) + KEPT * stride + BORDER;
  final_u = reserve_zeros((KEPT_CHROMA + 8) * chroma_stride) + KEPT_CHROMA * chroma_stride + BORDER;
  final_v = reserve_zeros((KEPT_CHROMA + 8) * chroma_stride) + KEPT_CHROMA * chroma_stride + BORDER;
  filter_choices = reserve(columns);
  lines = reserve((KEPT + 16) * width * 3 + 48);
  return lines != 0;
}

/** Above the frame everything is 127, to the left of it 129. */
function start_above(): void {
  start_plane(recon_y, stride, 16);
  start_plane(recon_u, chroma_stride, 8);
  start_plane(recon_v, chroma_stride, 8);
}

function start_plane(plane: usize, stride: usize, height: usize): void {
  memory.fill(plane - stride - BORDER, 127, stride);
  for (let y: usize = 0; y < height; ++y) store<u8>(plane + y * stride - 1, 129);
}

/** Decodes the next row of macroblocks. Returns how many lines are finished, −1 on failure. */
export function next_lines(): i32 {
  const decoder = partition_of(row);
  if (row > 0) keep_last_lines();
  start_modes_row();
  start_residuals_row();
  for (let column: u32 = 0; column < columns; ++column) reconstruct(decoder, column);
  if (load<u32>(decoder, ENDED) || load<u32>(first_partition, ENDED)) {
    fail(DATA_END, load<u32>(load<u32>(decoder, ENDED) ? decoder : first_partition, AT));
    return -1;
  }
  copy_row();
  filter_row();
  const finished = write_lines();
  ++row;
  return finished;
}

/** The lowest lines of the row above, unfiltered for the prediction, filtered for the filter. */
function keep_last_lines(): void {
  memory.copy(recon_y - stride - BORDER, recon_y + 15 * stride - BORDER, stride);
  memory.copy(recon_u - chroma_stride - BORDER, recon_u + 7 * chroma_stride - BORDER, chroma_stride);
  memory.copy(recon_v - chroma_stride - BORDER, recon_v + 7 * chroma_stride - BORDER, chroma_stride);
  // to the right of the frame the last pixel goes on
  const end = recon_y - stride + (columns << 4);
  store<u32>(end, 0x01010101 * <u32>load<u8>(end - 1));
  memory.copy(final_y - KEPT * stride - BORDER, final_y + (16 - KEPT) * stride - BORDER, KEPT * stride);
  // four of eight lines: what is kept begins where as much ends
  const bytes = KEPT_CHROMA * chroma_stride, from = bytes - BORDER;
  memory.copy(final_u - bytes - BORDER, final_u + from, bytes);
  memory.copy(final_v - bytes - BORDER, final_v + from, bytes);
}

function reconstruct(decoder: usize, column: u32): void {
  read_modes(column);
  let has_residuals = false;
  if (skips) skip_residuals(column);
  else has_residuals = read_residuals(decoder, column);
  const x = column << 4, c = column << 3, has_above = row > 0, has_left = column > 0;
  reconstruct_luma(recon_y + x, stride, has_above, has_left);
  reconstruct_chroma(recon_u + c, chroma_stride, 16, has_above, has_left);
  reconstruct_chroma(recon_v + c, chroma_stride, 20, has_above, has_left);
  const subblocks = i32(luma_mode == B_PRED), inner = i32(has_residuals || subblocks) << 3;
  store<u8>(filter_choices + column, segment << 1 | subblocks | inner);
}

function copy_row(): void {
  memory.copy(final_y - BORDER, recon_y - BORDER, 16 * stride);
  memory.copy(final_u - BORDER, recon_u - BORDER, 8 * chroma_stride);
  memory.copy(final_v - BORDER, recon_v - BORDER, 8 * chroma_stride);
}

function filter_row(): void {
  for (let column: u32 = 0; column < columns; ++column) {
    const choice = <usize>load<u8>(filter_choices + column), filter = filters + (choice & 7) * FILTER_BYTES;
    if (!load<u8>(filter, EDGE_LIMIT)) continue;
    const y = final_y + (column << 4), c = column << 3, has_left = column > 0, has_above = row > 0, inner = choice > 7;
    if (simple_filter) filter_macroblock_simple(filter, y, stride, has_left, has_above, inner);
    else filter_macroblock(filter, y, stride, final_u + c, final_v + c, chroma_stride, has_left, has_above, inner);
  }
}

/** RGB of the lines that are final: all but the last seven of the row, and those that the row above left over. */
function write_lines(): i32 {
  const first = row > 0 ? (row << 4) - 7 : 0, end = row + 1 < rows ? (row << 4) + 9 : height;
  const chroma_width = width + 1 >> 1, last_chroma = (height + 1 >> 1) - 1;
  extend_chroma(final_u, chroma_width);
  extend_chroma(final_v, chroma_width);
  for (let y = first, to = lines; y < end; ++y, to += width * 3) {
    const near = y >> 1, far = y & 1 ? min(near + 1, last_chroma) : max(near, 1) - 1;
    const near_at = chroma_line(near), far_at = chroma_line(far);
    row_to_rgb(
      to, width, final_y + (<isize>y - <isize>(row << 4)) * stride,
      final_u + near_at, final_u + far_at, final_v + near_at, final_v + far_at,
    );
  }
  return <i32>(end - first);
}

/** The offset of a chroma line of the frame. */
// @ts-ignore: decorator
@inline
function chroma_line(y: u32): isize {
  return (<isize>y - <isize>(row << 3)) * <isize>chroma_stride;
}

/** Repeats the first and the last visible sample of each line beside it. */
function extend_chroma(plane: usize, chroma_width: u32): void {
  const end = plane + 8 * chroma_stride;
  for (let line = plane - KEPT_CHROMA * chroma_stride; line < end; line += chroma_stride) {
    store<u8>(line - 1, load<u8>(line));
    store<u8>(line + chroma_width, load<u8>(line + chroma_width - 1));
  }
}
