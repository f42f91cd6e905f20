// Prefix codes of deflate. A code of up to LOOK bits is found by one look-up; longer ones bit by bit.

/** The code of literals and lengths (or of code lengths), and that of distances. */
export const LENGTH: usize = 0;
export const DISTANCE: usize = 1;

const LOOK: u32 = 11;
const COUNTS: usize = 4 << 11; // u16 [16]: codes of each length
const SYMBOLS: usize = COUNTS + 32; // u16 [288], by code
const SIZE: usize = SYMBOLS + 576;
const codes: usize = memory.data(2 * ((4 << 11) + 32 + 576), 16);
const offsets: usize = memory.data(32, 16);

/** The entry of the next bits: symbol << 16 | 0x8000 (found) | 0x4000 (a literal) | bits. */
// @ts-ignore: decorator
@inline
export function code_entry(code: usize, ahead: u32): u32 {
  return load<u32>(codes + code * SIZE + ((ahead & ((1 << LOOK) - 1)) << 2));
}

/**
 * Builds a code from the lengths of its symbols, u8 [count]. Returns 0 for a complete one, 1 for one of a single symbol or none,
 * −1 where codes are too many or too few.
 */
export function build_code(code: usize, lengths: usize, count: usize): i32 {
  const table = codes + code * SIZE;
  memory.fill(table, 0, SIZE);
  memory.fill(offsets, 0, 32);
  for (let i: usize = 0; i < count; ++i) {
    const at = table + COUNTS + (<usize>load<u8>(lengths + i) << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
  store<u16>(table + COUNTS, 0);
  let left: i32 = 1, longest: u32 = 0, sum: u32 = 0;
  for (let n: usize = 1; n < 16; ++n) {
    const found = <u32>load<u16>(table + COUNTS + (n << 1));
    store<u16>(offsets + (n << 1), <u16>sum);
    sum += found;
    if (found) longest = <u32>n;
    left = (left << 1) - <i32>found;
    if (left < 0) return -1;
  }
  for (let i: usize = 0; i < count; ++i) {
    const length = <usize>load<u8>(lengths + i);
    if (!length) continue;
    const index = load<u16>(offsets + (length << 1));
    store<u16>(offsets + (length << 1), index + 1);
    store<u16>(table + SYMBOLS + (<usize>index << 1), <u16>i);
  }
  fill_entries(code, table);
  return left == 0 ? 0 : longest < 2 ? 1 : -1;
}

/** Every look-up of the codes of up to LOOK bits; codes come with their first bit lowest. */
function fill_entries(code: usize, table: usize): void {
  let value: u32 = 0, index: usize = 0;
  for (let n: u32 = 1; n <= LOOK; ++n, value <<= 1) {
    for (let i = load<u16>(table + COUNTS + (<usize>n << 1)); i; --i, ++value, ++index) {
      const symbol = <u32>load<u16>(table + SYMBOLS + (index << 1));
      const entry = symbol << 16 | 0x8000 | (code == LENGTH && symbol < 256 ? 0x4000 : 0) | n;
      for (let at = reversed(value, n); at < 1 << LOOK; at += 1 << n) store<u32>(table + (at << 2), entry);
    }
  }
}

function reversed(value: u32, bits: u32): u32 {
  let result: u32 = 0;
  for (; bits; --bits, value >>= 1) result = result << 1 | (value & 1);
  return result;
}

/** The entry of a code of any length at the low bits of `ahead`; 0 where there is none. */
export function long_symbol(code: usize, ahead: u32): u32 {
  const table = codes + code * SIZE;
  let value: i32 = 0, first: i32 = 0, index: i32 = 0;
  for (let n: u32 = 1; n < 16; ++n, ahead >>= 1) {
    value |= ahead & 1;
    const found = <i32>load<u16>(table + COUNTS + (<usize>n << 1));
    if (value - found < first) return <u32>load<u16>(table + SYMBOLS + (<usize>(index + value - first) << 1)) << 16 | 0x8000 | n;
    index += found;
    first = first + found << 1;
    value <<= 1;
  }
  return 0;
}
