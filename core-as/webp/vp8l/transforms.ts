// The transforms of a lossless image (RFC 9649, section 4), undone row by row, the last one read first.
import { NO_MEMORY, REPEATED_TRANSFORM, fail } from "../failure";
import { reserve, reserve_zeros } from "../memory";
import { place, read_bits } from "./bit_reader";
import { read_subimage, tiles_of } from "./pixels";
import { predict_pixels } from "./predictors";

const PREDICTOR: u32 = 0, COLOR: u32 = 1, SUBTRACT_GREEN: u32 = 2, PALETTE: u32 = 3;

let count: u32 = 0;
let seen: u32 = 0;
/** [4]: the kinds of transforms, as they were read. */
const kinds = memory.data(4 * 4, 16);
/** What belongs to the predictor and to the color transform: tiles, and the bits of their size. */
let predictors: usize = 0, predictor_bits: u32 = 0;
let factors: usize = 0, factor_bits: u32 = 0;
/** 256 colors, and by how many bits a column is divided to give its packed one. */
let palette: usize = 0, packing: u32 = 0;

/** Columns of the image as it is stored. */
export let stored_width: u32 = 0;
let predictor_width: u32 = 0;
let odd_row: usize = 0, even_row: usize = 0, free_row: usize = 0;

/** Reads all transforms of an image of columns × rows. */
export function read_transforms(columns: u32, rows: u32): bool {
  count = seen = packing = 0;
  stored_width = columns;
  while (read_bits(1)) {
    const kind = read_bits(2);
    if (seen & 1 << kind) return fail(REPEATED_TRANSFORM, place());
    seen |= 1 << kind;
    store<u32>(kinds + (count++ << 2), kind);
    if (!read_transform(kind, rows)) return false;
  }
  return reserve_rows(columns);
}

function read_transform(kind: u32, rows: u32): bool {
  if (kind == SUBTRACT_GREEN) return true;
  if (kind == PALETTE) return read_palette();
  const bits = 2 + read_bits(3);
  const tiles = read_subimage(tiles_of(stored_width, bits), tiles_of(rows, bits));
  if (kind == PREDICTOR) {
    predictors = tiles;
    predictor_bits = bits;
    predictor_width = stored_width;
  } else {
    factors = tiles;
    factor_bits = bits;
  }
  return tiles != 0;
}

/** Colors are stored as differences; those that the file does not name are transparent black. */
function read_palette(): bool {
  const colors = read_bits(8) + 1;
  palette = reserve_zeros(256 * 4);
  if (!palette) return fail(NO_MEMORY, place());
  const differences = read_subimage(colors, 1);
  if (!differences) return false;
  let color: v128 = i32x4.splat(0);
  for (let i: usize = 0; i < colors; ++i) {
    color = i8x16.add(color, v128.load32_zero(differences + (i << 2)));
    v128.store32_lane(palette + (i << 2), color, 0);
  }
  packing = colors > 16 ? 0 : colors > 4 ? 1 : colors > 2 ? 2 : 3;
  stored_width = tiles_of(stored_width, packing);
  return true;
}

/** Whether a palette is all there is. */
export function is_palette_alone(): bool {
  return seen == 1 << PALETTE;
}

/** Rows with a pixel before them and room for vectors behind. */
function reserve_rows(columns: u32): bool {
  const bytes = <u64>columns * 4 + 64;
  odd_row = reserve(bytes) + 16;
  even_row = reserve(bytes) + 16;
  free_row = reserve(bytes);
  return free_row != 0 || fail(NO_MEMORY, place());
}

/** The pixels of row `y`, whose stored ones begin at `row`. */
export function undo_transforms(row: usize, y: u32, columns: u32): usize {
  let width = stored_width;
  for (let i = count; i > 0; --i) {
    const kind = load<u32>(kinds + (i - 1 << 2));
    if (kind == PREDICTOR) row = undo_predictor(row, y);
    else if (kind == COLOR) row = undo_color(row, y, width);
    else if (kind == SUBTRACT_GREEN) row = add_green(row, width);
    else {
      row = look_up_colors(row, columns);
      width = columns;
    }
  }
  return row;
}

/** The first row is predicted from the left, the first column from above. */
function undo_predictor(from: usize, y: u32): usize {
  const to = y & 1 ? odd_row : even_row, upper = y & 1 ? even_row : odd_row, end = to + (predictor_width << 2);
  const above = y ? v128.load32_zero(upper) : i32x4.splat(0xff000000);
  v128.store32_lane(to, i8x16.add(above, v128.load32_zero(from)), 0);
  if (!y) {
    predict_pixels(1, from + 4, to + 4, upper, end);
    return to;
  }
  // to the right of the row above comes the first pixel of this one
  store<u32>(upper + (predictor_width << 2), load<u32>(to));
  const tiles = predictors + ((y >> predictor_bits) * tiles_of(predictor_width, predictor_bits) << 2);
  const tile_width: u32 = 1 << predictor_bits;
  for (let x: u32 = 1; x < predictor_width;) {
    const next = min((x >> predictor_bits) + 1 << predictor_bits, predictor_width);
    const mode = load<u8>(tiles + (x >> predictor_bits << 2), 1) & 15;
    predict_pixels(mode, from + (x << 2), to + (x << 2), upper + (x << 2), to + (next << 2));
    x = next;
  }
  return to;
}

/** Two products of signed bytes a pixel, divided by 32: lanes are blue with green, and red with alpha. */
function undo_color(from: usize, y: u32, width: u32): usize {
  const to = free_row, tiles = factors + ((y >> factor_bits) * tiles_of(width, factor_bits) << 2);
  const bytes = i16x8.splat(0xff);
  for (let x: u32 = 0; x < width; x += 4) {
    // tiles are four pixels wide or more
    const tile = tiles + (x >> factor_bits << 2);
    const to_red = <i32>load<i8>(tile), to_blue = <i32>load<i8>(tile, 1), red_to_blue = <i32>load<i8>(tile, 2);
    let pixels = v128.load(from + (x << 2));
    const green = i16x8.shr_s(i8x16.shuffle(pixels, pixels, 0, 1, 0, 1, 0, 5, 0, 5, 0, 9, 0, 9, 0, 13, 0, 13), 8);
    const of_green = i16x8.mul(green, i32x4.splat(to_blue & 0xffff | to_red << 16));
    pixels = i8x16.add(pixels, v128.and(i16x8.shr_s(of_green, 5), bytes));
    const red = i16x8.shr_s(i8x16.shuffle(pixels, pixels, 0, 2, 0, 2, 0, 6, 0, 6, 0, 10, 0, 10, 0, 14, 0, 14), 8);
    const of_red = i16x8.mul(red, i32x4.splat(red_to_blue & 0xffff));
    v128.store(to + (x << 2), i8x16.add(pixels, v128.and(i16x8.shr_s(of_red, 5), bytes)));
  }
  return to;
}

function add_green(from: usize, width: u32): usize {
  const to = free_row;
  for (let x: u32 = 0; x < width; x += 4) {
    const pixels = v128.load(from + (x << 2));
    const green = i8x16.shuffle(
      pixels, i32x4.splat(0), 1, 16, 1, 16, 5, 16, 5, 16, 9, 16, 9, 16, 13, 16, 13, 16,
    );
    v128.store(to + (x << 2), i8x16.add(pixels, green));
  }
  return to;
}

/** Green holds an index, or several of fewer bits, the first in the lowest. */
function look_up_colors(from: usize, width: u32): usize {
  const to = free_row, bits: u32 = 8 >> packing, mask: u32 = (1 << bits) - 1, columns: u32 = (1 << packing) - 1;
  // backwards, since the packed row may be in the same place
  for (let x = width; x-- > 0;) {
    const indices = <u32>load<u8>(from + (x >> packing << 2), 1);
    store<u32>(to + (x << 2), load<u32>(palette + ((indices >> (x & columns) * bits & mask) << 2)));
  }
  return to;
}
