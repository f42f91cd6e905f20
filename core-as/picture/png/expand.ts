// Rows of samples to rows of RGB, by the rules of Pillow: alpha dropped, gray and palettes widened, of 16 bits the high byte
// (of gray 16 bits what fits, at most 255). Rows may be read and written 64 bytes too far.
import { store_rgb } from "../jpeg/color";

/** Color types of the PNG standard. */
const GRAY: u32 = 0;
const RGB: u32 = 2;
const PALETTE: u32 = 3;
const GRAY_ALPHA: u32 = 4;

/** The row as bytes: `n` samples of `depth` bits, written to `out` unless they have 8. Returns where they are. */
export function to_bytes(row: usize, out: usize, n: usize, depth: u32, color: u32): usize {
  if (depth == 8) return row;
  if (depth == 16) {
    for (let i: usize = 0; i < n; ++i) {
      const high = load<u8>(row + 2 * i);
      store<u8>(out + i, color == GRAY ? (high ? 255 : load<u8>(row + 2 * i, 1)) : high);
    }
    return out;
  }
  const scale = color == PALETTE ? 1 : 255 / ((1 << depth) - 1);
  for (let i: usize = 0; i < n; ++i) store<u8>(out + i, <u8>(packed(row, i, depth) * scale));
  return out;
}

// @ts-ignore: decorator
@inline
function packed(row: usize, i: usize, depth: u32): u32 {
  const bit = i * depth;
  return (<u32>load<u8>(row + (bit >> 3)) >> (8 - depth - (<u32>bit & 7))) & ((1 << depth) - 1);
}

/** The samples as numbers, u16 [n], as numpy has them from Pillow: one bit is 0 or 1, gray of 2 and 4 bits is stretched to 255. */
export function to_numbers(row: usize, out: usize, n: usize, depth: u32, color: u32): void {
  const scale: u32 = color == GRAY && depth > 1 && depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  for (let i: usize = 0; i < n; ++i) {
    const value = depth == 16 ? <u32>load<u8>(row + 2 * i) << 8 | load<u8>(row + 2 * i, 1) : depth == 8 ? load<u8>(row + i) : packed(row, i, depth) * scale;
    store<u16>(out + 2 * i, <u16>value);
  }
}

/** `width` pixels as RGB; `palette` is u32 [256], red lowest. */
export function to_rgb(row: usize, out: usize, width: usize, color: u32, palette: usize): void {
  if (color == RGB) memory.copy(out, row, 3 * width);
  else if (color == PALETTE) look_up(row, out, width, palette);
  else if (color == GRAY) spread(row, out, width);
  else if (color == GRAY_ALPHA) drop_alpha_of_grey(row, out, width);
  else drop_alpha(row, out, width);
}

function look_up(row: usize, out: usize, width: usize, palette: usize): void {
  for (const end = row + width; row < end; ++row, out += 3) store<u32>(out, load<u32>(palette + (<usize>load<u8>(row) << 2)));
}

function spread(row: usize, out: usize, width: usize): void {
  for (const end = row + width; row < end; row += 16, out += 48) {
    const gray = v128.load(row);
    store_rgb(out, gray, gray, gray);
  }
}

function drop_alpha_of_grey(row: usize, out: usize, width: usize): void {
  for (const end = row + 2 * width; row < end; row += 32, out += 48) {
    const gray = i8x16.shuffle(v128.load(row), v128.load(row, 16), 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    store_rgb(out, gray, gray, gray);
  }
}

function drop_alpha(row: usize, out: usize, width: usize): void {
  const colors = i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  for (const end = row + 4 * width; row < end; row += 16, out += 12) v128.store(out, i8x16.swizzle(v128.load(row), colors));
}
