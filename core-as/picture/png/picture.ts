// Where the rows of a PNG go, and as what.
import { to_bytes, to_numbers, to_rgb } from "./expand";

@unmanaged
class Picture {
  depth: u32; // bits a sample
  color: u32; // color type of the standard
  samples: usize; // a pixel
  numbers: bool; // u16 samples are asked for, not RGB
  spacing: usize; // from pixel to pixel of this pass, in pixels; 0 where there is one pass
  bytes: usize; // a row of samples of 8 bits
  rgb: usize; // a row of a pass before its pixels are placed
  row: usize; // the row at hand
}

const picture = changetype<Picture>(memory.data(64, 16));
/** u32 [256], red lowest. */
const palette: usize = memory.data(1024, 16);

/** Says what the samples are. `bytes` has room for a row of them, one byte each; `rgb` for a row of RGB; 64 bytes more each. */
export function png_format(depth: u32, color: u32, samples: usize, numbers: bool, bytes: usize, rgb: usize): void {
  picture.depth = depth;
  picture.color = color;
  picture.samples = samples;
  picture.numbers = numbers;
  picture.bytes = bytes;
  picture.rgb = rgb;
}

/** Where the palette is kept: u32 [256], red lowest. */
export function png_palette(): usize {
  return palette;
}

/** The pixels of the rows to come are so many pixels apart, among others that must stay; 0 where whole rows follow each other. */
export function png_spacing(pixels: usize): void {
  picture.spacing = pixels;
}

/** Takes an unfiltered row. */
export function expand_row(row: usize, width: usize): void {
  picture.row = picture.numbers ? row : to_bytes(row, picture.bytes, width * picture.samples, picture.depth, picture.color);
}

/** Writes that row: RGB, or u16 numbers. */
export function place_row(out: usize, width: usize): void {
  if (picture.spacing == 0) return write_row(out, width);
  write_row(picture.rgb, width);
  const size: usize = picture.numbers ? 2 : 3, step = picture.spacing * size;
  for (let from = picture.rgb, end = from + width * size; from < end; from += size, out += step) memory.copy(out, from, size);
}

function write_row(out: usize, width: usize): void {
  if (picture.numbers) to_numbers(picture.row, out, width, picture.depth, picture.color);
  else to_rgb(picture.row, out, width, picture.color, palette);
}
