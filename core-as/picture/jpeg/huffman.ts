// Huffman tables. The next LOOK bits look up a whole coefficient, run, size and value in one, wherever its code and its bits
// fit; else the code alone; longer codes are found by comparing.

/** Bits of the look-up. */
export const LOOK: u32 = 10;
/** Set in an entry that has the value too. */
export const COMPLETE: u32 = 64;

const ENDS: usize = 4 << LOOK; // u32 [18]: per length, one past its last code, left-aligned in 16 bits
const OFFSETS: usize = ENDS + 72; // i32 [18]: per length, the index of its first symbol − its first code
const SYMBOLS: usize = OFFSETS + 72; // u8 [256]
/** Bytes of one table. */
const TABLE: usize = SYMBOLS + 256;

const tables: usize = memory.data(8 * (4096 + 72 + 72 + 256), 16);

/** Table `slot` for DC coefficients, 4 + `slot` for the others. */
// @ts-ignore: decorator
@inline
export function huffman_table(slot: usize): usize {
  return tables + slot * TABLE;
}

/**
 * Builds table `slot` from the bytes of a DHT segment: at `from`, u8 [16] counts, then the symbols. An entry of the look-up
 * is bits | COMPLETE | run << 8 | size << 12 | value << 16: how many bits it takes (0 where the code is longer), zeros
 * before the coefficient, bits of its value. Returns 0 when there are more codes than bits allow.
 */
export function jpeg_huffman(slot: usize, from: usize): bool {
  const table = huffman_table(slot);
  memory.fill(table, 0, TABLE);
  let code: u32 = 0, index: usize = 0;
  for (let length: u32 = 1; length <= 16; ++length, code <<= 1) {
    const count = <u32>load<u8>(from + length - 1);
    if (index + count > 256) return false;
    store<i32>(table + OFFSETS + (length << 2), <i32>index - <i32>code);
    for (let i: u32 = 0; i < count; ++i, ++index) {
      const symbol = load<u8>(from + 16 + index);
      store<u8>(table + SYMBOLS + index, symbol);
      if (length <= LOOK && code + i < 1 << length) fill_entries(table, code + i, length, symbol, slot < 4);
    }
    code += count;
    // the code of ones alone stays free in every length
    if (count && code >= 1 << length) return false;
    store<u32>(table + ENDS + (length << 2), code << (16 - length));
  }
  return true;
}

/** Every look-up that begins with one code. */
function fill_entries(table: usize, code: u32, length: u32, symbol: u32, isDc: bool): void {
  const free = LOOK - length, first = table + (code << free << 2);
  const run = isDc ? 0 : symbol >> 4, size = symbol & 15;
  const fits = size <= free && (size != 0 || isDc);
  for (let rest: u32 = 0; rest < 1 << free; ++rest) {
    let entry = length | run << 8 | size << 12;
    if (fits) entry = (length + size) | COMPLETE | run << 8 | size << 12 | signed(rest >> (free - size), size) << 16;
    store<u32>(first + (rest << 2), entry);
  }
}

/** `size` bits as JPEG codes signed numbers: those that begin with 0 are negative, counted from −2^size + 1. */
// @ts-ignore: decorator
@inline
export function signed(value: u32, size: u32): u32 {
  return size != 0 && value >> (size - 1) == 0 ? value - (1 << size) + 1 : value;
}

/**
 * The entry of a code of more than LOOK bits at the top of `window`. 17 bits that are not a code count as symbol 0, as in
 * libjpeg.
 */
export function long_entry(table: usize, window: u64): u32 {
  const ahead = <u32>(window >> 48);
  for (let length = LOOK + 1; length <= 16; ++length) {
    if (ahead >= load<u32>(table + ENDS + (length << 2))) continue;
    const index = <i32>(ahead >> (16 - length)) + load<i32>(table + OFFSETS + (length << 2));
    const symbol = <u32>load<u8>(table + SYMBOLS + (index & 255));
    return length | (symbol >> 4) << 8 | (symbol & 15) << 12;
  }
  return 17;
}
