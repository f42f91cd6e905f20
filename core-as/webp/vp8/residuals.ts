// The residuals of a macroblock (RFC 6386, section 13.3): which blocks have coefficients, in the order of the file.
import { reserve, reserve_zeros } from "../memory";
import { read_coefficients } from "./coefficients";
import { CHROMA_STEPS, STEPS_BYTES, Y2_STEPS, Y_STEPS, coefficient_probabilities, steps } from "./header";
import { B_PRED, luma_mode, segment } from "./modes";
import { spread_dcs } from "./transform";

const TYPE_BYTES: usize = 8 * 3 * 11;
/** Plane types: luma behind its Y2, Y2, chroma, luma with its own DCs. */
const LUMA_AC: u32 = 0, Y2: u32 = 1, CHROMA: u32 = 2, LUMA: u32 = 3;
/** Flags of neighbors, by plane: 4 luma, 2 U, 2 V, 1 Y2. */
const FLAGS: usize = 9, U_FLAGS: usize = 4, V_FLAGS: usize = 6, Y2_FLAG: usize = 8;

/** i16 [16 luma, 4 U, 4 V, Y2][16], zeros wherever no coefficient was read. */
export let blocks: usize = 0;
/** [24]: 0: nothing to add, 1: a DC alone, 2: two or three coefficients, 3: more. */
export let kinds: usize = 0;

let above: usize = 0;
let left: usize = 0;

export function reserve_residuals(columns: u32): bool {
  blocks = reserve_zeros(25 * 32);
  kinds = reserve_zeros(24);
  left = reserve(16);
  above = reserve_zeros(<u64>columns * FLAGS);
  return above != 0;
}

/** At the begin of a row of macroblocks. */
export function start_residuals_row(): void {
  memory.fill(left, 0, FLAGS);
}

/** A macroblock without coefficients: its neighbors see none. Y2 keeps its flags where the macroblock has none of its own. */
export function skip_residuals(column: u32): void {
  const count = luma_mode == B_PRED ? Y2_FLAG : FLAGS;
  memory.fill(above + column * FLAGS, 0, count);
  memory.fill(left, 0, count);
  memory.fill(kinds, 0, 24);
}

/** Reads all blocks of the macroblock in `column`; false if there is nothing to add anywhere. */
export function read_residuals(decoder: usize, column: u32): bool {
  const own = steps + segment * STEPS_BYTES, over = above + column * FLAGS;
  const whole = luma_mode != B_PRED;
  if (whole) read_y2(decoder, own + Y2_STEPS, over);
  let any = read_plane(decoder, whole ? LUMA_AC : LUMA, 4, own + Y_STEPS, 0, over, left);
  any |= read_plane(decoder, CHROMA, 2, own + CHROMA_STEPS, 16, over + U_FLAGS, left + U_FLAGS);
  any |= read_plane(decoder, CHROMA, 2, own + CHROMA_STEPS, 20, over + V_FLAGS, left + V_FLAGS);
  return any != 0;
}

function read_y2(decoder: usize, steps: usize, over: usize): void {
  const context = load<u8>(over, Y2_FLAG) + load<u8>(left, Y2_FLAG), block = blocks + 24 * 32;
  const end = read_coefficients(decoder, coefficient_probabilities + Y2 * TYPE_BYTES, context, 0, steps, block);
  store<u8>(over, end > 0, Y2_FLAG);
  store<u8>(left, end > 0, Y2_FLAG);
  spread_dcs(block, blocks);
}

/** Reads `size` × `size` blocks, the first of which is number `first`; the kinds of all, or-ed. */
function read_plane(
  decoder: usize, type: u32, size: u32, steps: usize, first: usize, over: usize, before: usize,
): i32 {
  const probabilities = coefficient_probabilities + type * TYPE_BYTES, start = type == LUMA_AC ? 1 : 0;
  let block = blocks + first * 32, kind = kinds + first, any = 0;
  for (let y: u32 = 0; y < size; ++y) {
    let flag = <i32>load<u8>(before + y);
    for (let x: u32 = 0; x < size; ++x, block += 32, ++kind) {
      const end = read_coefficients(decoder, probabilities, flag + load<u8>(over + x), start, steps, block);
      flag = i32(end > start);
      store<u8>(over + x, flag);
      const found = end > 3 ? 3 : end > 1 ? 2 : i32(load<i16>(block) != 0);
      store<u8>(kind, found);
      any |= found;
    }
    store<u8>(before + y, flag);
  }
  return any;
}
