// Groups of five prefix codes (RFC 9649, section 6.2.3): green with lengths of copies and the color cache, red, blue, alpha, distances.
import { DATA_END, fail } from "../failure";
import { has_ended, place } from "./bit_reader";
import { code_mask, read_code } from "./prefix_code";

/** A group: the tables of its codes and their masks, and what every literal has where red, blue and alpha take no bits. */
export const GROUP_BYTES: usize = 48;
export const GREEN = 0, RED = 8, BLUE = 16, ALPHA = 24, DISTANCE = 32, SAME_RGB_BUT_GREEN = 40, IS_SAME = 44;

/** Reads a group to `group`; the color cache adds `cached` symbols to its first code. */
export function read_group(group: usize, cached: u32): bool {
  let bits: u32 = 0;
  for (let i: usize = 0; i < 5; ++i) {
    const table = read_code(i == 0 ? 256 + 24 + cached : i < 4 ? 256 : 40);
    if (!table) return false;
    store<u32>(group + (i << 3), <u32>table);
    store<u32>(group + (i << 3), code_mask, 4);
    if (i > 0 && i < 4) bits |= code_mask;
  }
  store<u32>(group, u32(bits == 0), IS_SAME);
  store<u32>(group, symbol_of(group + RED) << 16 | symbol_of(group + BLUE) | symbol_of(group + ALPHA) << 24, SAME_RGB_BUT_GREEN);
  return !has_ended() || fail(DATA_END, place());
}

/** The first symbol of a code: the only one, where there is but one. */
function symbol_of(code: usize): u32 {
  return load<u32>(load<u32>(code)) >> 8;
}
