// A row of MCUs, from coefficients to samples.
import { Component, component } from "./component";
import { inverse_dct, inverse_dct_flat, is_corner, LAST_OF_CORNER } from "./idct";
import { begin_mcu, part, scan } from "./scan";
import { decode_block } from "./sequential";
import { is_smoothed, smooth_row } from "./smooth";

const block: usize = memory.data(128, 16);

/** Decodes row `row` of the MCUs of a file of one scan into the samples of its components, a block at a time. */
export function decode_row(row: usize, columns: usize): void {
  for (let column: usize = 0; column < columns; ++column) {
    const hasData = begin_mcu(row);
    for (let i: usize = 0; i < scan.count; ++i) {
      const c = part(i);
      for (let y: usize = 0; y < c.v; ++y) {
        let out = c.samples + c.stride * (1 + (y << 3)) + (column * c.h << 3);
        for (let x: usize = 0; x < c.h; ++x, out += 8) {
          if (hasData) place_block(c, out);
          // what the data do not reach is zero: mid-gray
          else inverse_dct_flat(0, c.quantization, out, c.stride);
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function place_block(c: Component, out: usize): void {
  const zero = i32x4.splat(0);
  for (let i: usize = 0; i < 128; i += 16) v128.store(block + i, zero);
  const found = decode_block(block, c.prediction, c.dc, c.ac);
  c.prediction += <i32>(found >> 32);
  if (<i32>found) inverse_dct(block, <u32>found <= LAST_OF_CORNER, c.quantization, out, c.stride);
  else inverse_dct_flat(load<i16>(block), c.quantization, out, c.stride);
}

/** The samples of row `row` of the MCUs, of `rows`, from the coefficients that all scans have left. */
export function transform_row(row: usize, rows: usize, count: usize): void {
  for (let i: usize = 0; i < count; ++i) {
    const c = component(i);
    for (let y: usize = 0; y < c.v && row * c.v + y < c.high; ++y) {
      const out = c.samples + c.stride * (1 + (y << 3));
      if (is_smoothed()) smooth_row(i, row, y, rows, out);
      else transform_blocks(c, row * c.v + y, out);
    }
  }
}

function transform_blocks(c: Component, y: usize, out: usize): void {
  let from = c.coefficients + (y * c.blocksX << 7);
  for (let x: usize = 0; x < c.wide; ++x, from += 128, out += 8) inverse_dct(from, is_corner(from), c.quantization, out, c.stride);
}
