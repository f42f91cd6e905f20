// Rows of MCUs to rows of RGB.
import { bits } from "./bits";
import { paint_row } from "./color";
import { Component, component } from "./component";
import { decode_row, transform_row } from "./samples";
import { scan } from "./scan";
import { picture_row } from "./upsample";

/** The frame. */
@unmanaged
class Frame {
  width: usize;
  height: usize;
  columns: usize; // of MCUs
  rows: usize;
  lines: usize; // rows of pixels in a row of MCUs
  count: usize; // components
  colors: u32;
}

const frame = changetype<Frame>(memory.data(32, 16));

/** Describes the frame: its pixels, its MCUs, rows of pixels in a row of MCUs, components, and colors as in color.ts. */
export function jpeg_frame(width: usize, height: usize, columns: usize, rows: usize, lines: usize, count: usize, colors: u32): void {
  frame.width = width;
  frame.height = height;
  frame.columns = columns;
  frame.rows = rows;
  frame.lines = lines;
  frame.count = count;
  frame.colors = colors;
  scan.lastGoodRow = 0;
}

/**
 * Rows of MCUs [begin, end) as RGB to `out`; 64 bytes behind may be written. A row of pixels needs the samples below it, so the
 * last one of each row of MCUs comes with the next. With `single` they are decoded now, else taken from the coefficients. Returns
 * how many rows of pixels there are.
 */
export function jpeg_pixels(begin: usize, end: usize, out: usize, single: bool): usize {
  const from = out, bytes: usize = 3 * frame.width;
  for (let row = begin; row < end && !bits.suspended; ++row) {
    if (row) keep_last_rows();
    if (single) decode_row(row, frame.columns);
    else transform_row(row, frame.rows, frame.count);
    if (!row) repeat_first_rows();
    const top = <i32>(row * frame.lines), isLast = row + 1 == frame.rows;
    const below = isLast ? <i32>frame.height - top : <i32>frame.lines - 1;
    for (let y = row ? -1 : 0; y < below; ++y, out += bytes) paint(out, y, row);
  }
  return (out - from) / bytes;
}

function paint(out: usize, y: i32, row: usize): void {
  let rows0: usize = 0, rows1: usize = 0, rows2: usize = 0, rows3: usize = 0;
  rows0 = row_of(0, y, row);
  if (frame.count > 1) {
    rows1 = row_of(1, y, row);
    rows2 = row_of(2, y, row);
    if (frame.count > 3) rows3 = row_of(3, y, row);
  }
  paint_row(frame.colors, out, rows0, rows1, rows2, rows3, frame.width);
}

// @ts-ignore: decorator
@inline
function row_of(i: usize, y: i32, row: usize): usize {
  const c = component(i);
  return picture_row(c, y, <i32>c.height - 1 - <i32>(row * c.v << 3));
}

/** The last row of samples goes before those of the next row of MCUs. */
function keep_last_rows(): void {
  for (let i: usize = 0; i < frame.count; ++i) {
    const c = component(i);
    memory.copy(c.samples, c.samples + (c.v << 3) * c.stride, c.stride);
  }
}

/** Above the picture there is its first row. */
function repeat_first_rows(): void {
  for (let i: usize = 0; i < frame.count; ++i) {
    const c = component(i);
    memory.copy(c.samples, c.samples + c.stride, c.stride);
  }
}
