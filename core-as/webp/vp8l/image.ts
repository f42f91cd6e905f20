// A lossless image: all of its stored pixels first, since copies reach back anywhere, then its rows.
import { NO_MEMORY, fail } from "../failure";
import { reserve } from "../memory";
import { start_bits } from "./bit_reader";
import { allow_early_end, are_pixels_done, read_pixels, start_pixels } from "./pixels";
import { is_palette_alone, read_transforms, stored_width, undo_transforms } from "./transforms";

/** Pixels that are read, and rows that are written, in one call: a few milliseconds. */
const PIXELS_A_CALL: u32 = 1 << 18;
const ROWS_A_CALL: u32 = 16;

let width: u32 = 0, height: u32 = 0, row: u32 = 0;
let pixels: usize = 0;
/** The finished rows, RGB. */
export let rgb_rows: usize = 0;

/** Reads transforms and codes of the image [from, end), which begin behind a header of so many bytes; alpha has none. */
export function start_image(from: usize, end: usize, header: usize, columns: u32, rows: u32): bool {
  width = columns;
  height = rows;
  row = 0;
  start_bits(from, end, header);
  if (!read_transforms(columns, rows)) return false;
  pixels = reserve(<u64>stored_width * rows * 4 + 64);
  rgb_rows = reserve(<u64>columns * 3 * ROWS_A_CALL + 64);
  if (!pixels || !rgb_rows) return fail(NO_MEMORY, from);
  if (!start_pixels(pixels, stored_width, rows, true)) return false;
  if (!header && is_palette_alone()) allow_early_end();
  return true;
}

/** Goes on reading. Returns how many rows are finished, 0 for none yet, −1 on failure. */
export function next_rows(): i32 {
  if (!are_pixels_done()) return read_pixels(PIXELS_A_CALL) ? 0 : -1;
  const end = min(row + ROWS_A_CALL, height);
  let to = rgb_rows;
  for (let y = row; y < end; ++y, to += width * 3) {
    put_rgb(undo_transforms(pixels + y * stored_width * 4, y, width), to);
  }
  const finished = end - row;
  row = end;
  return <i32>finished;
}

/** As `next_rows`, for an image whose rows are not needed, only whether it can be read: 1 once it is. */
export function check_pixels(): i32 {
  return are_pixels_done() ? 1 : read_pixels(PIXELS_A_CALL) ? 0 : -1;
}

/** Red, green and blue of a row; may write up to 13 bytes more. */
function put_rgb(from: usize, to: usize): void {
  for (let x: u32 = 0; x < width; x += 4, from += 16, to += 12) {
    const argb = v128.load(from);
    v128.store(to, i8x16.shuffle(argb, argb, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 0, 0, 0, 0));
  }
}
