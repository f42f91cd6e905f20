// Prefix codes (RFC 9649, section 6.2) as tables: the next 8 bits give an entry, or for longer codes the place of a second
// table. An entry is a symbol, shifted by 8, and the length of its code. A code of one symbol takes no bits.
import { BAD_PREFIX_CODE, DATA_END, NO_MEMORY, fail } from "../failure";
import { reserve } from "../memory";
import { bits, fill_bits, has_ended, place, read_bits, skip_bits } from "./bit_reader";

const ROOT_BITS: u32 = 8;
const LONGEST: u32 = 15;
const CODE_LENGTH_SYMBOLS: u32 = 19;
/** In which order the lengths of the code length code come. */
const ORDER = memory.data<u8>([17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

// room for green, lengths of copies and a color cache of 11 bits
const lengths = memory.data(256 + 24 + 2048, 16);
const code_length_lengths = memory.data(32, 16);
const sorted = memory.data((256 + 24 + 2048) * 2, 16); // u16: symbols by length
const counts = memory.data(16 * 4, 16); // u32: how many symbols have a length
const places = memory.data(16 * 4, 16); // u32: where the next of them goes in `sorted`

/** Of the code that was read last: how many entries its first table has, less one. */
export let code_mask: u32 = 0;

/** Entry of the next symbol. */
// @ts-ignore: decorator
@inline
export function look_up(table: usize, mask: u32, bits: u64): u32 {
  const entry = load<u32>(table + ((<u32>bits & mask) << 2)), length = entry & 0xff;
  if (length <= ROOT_BITS) return entry;
  const rest = <u32>(bits >> ROOT_BITS) & (1 << length - ROOT_BITS) - 1;
  return load<u32>(table + (entry >> 8) + (rest << 2));
}

/** Reads a prefix code of an alphabet and builds its table; 0 on failure. */
export function read_code(symbols: u32): usize {
  if (read_bits(1)) return read_simple(symbols);
  memory.fill(lengths, 0, symbols);
  return read_lengths(symbols) ? build(lengths, symbols) : 0;
}

/** One or two symbols, of which those count that the alphabet has; the smaller one is bit 0. */
function read_simple(symbols: u32): usize {
  const has_two = read_bits(1);
  let first: u32 = read_bits(read_bits(1) ? 8 : 1), second = has_two ? read_bits(8) : first;
  if (first >= symbols) first = second;
  if (second >= symbols) second = first;
  const table = reserve(8);
  if (first >= symbols || has_ended()) fail(has_ended() ? DATA_END : BAD_PREFIX_CODE, place());
  else if (!table) fail(NO_MEMORY, place());
  else return put_pair(table, min(first, second), max(first, second));
  return 0;
}

function put_pair(table: usize, first: u32, second: u32): usize {
  const length = u32(first != second);
  code_mask = length;
  store<u32>(table, first << 8 | length);
  store<u32>(table, second << 8 | length, 4);
  return table;
}

function read_lengths(symbols: u32): bool {
  memory.fill(code_length_lengths, 0, CODE_LENGTH_SYMBOLS);
  const count: u32 = 4 + read_bits(4);
  for (let i: u32 = 0; i < count; ++i) store<u8>(code_length_lengths + load<u8>(ORDER + i), read_bits(3));
  let left: u32 = read_bits(1) ? 2 + read_bits(2 + 2 * read_bits(3)) : symbols;
  if (left > symbols) return fail(BAD_PREFIX_CODE, place());
  const table = build(code_length_lengths, CODE_LENGTH_SYMBOLS), mask = code_mask;
  if (!table) return false;
  let previous: u32 = 8;
  for (let symbol: u32 = 0; symbol < symbols && left > 0; --left) {
    fill_bits();
    const entry = look_up(table, mask, bits), length = entry >> 8;
    skip_bits(entry & 0xff);
    if (length < 16) {
      store<u8>(lengths + symbol++, length);
      if (length) previous = length;
      continue;
    }
    const repeat = length == 16 ? 3 + read_bits(2) : length == 17 ? 3 + read_bits(3) : 11 + read_bits(7);
    if (symbol + repeat > symbols) return fail(BAD_PREFIX_CODE, place());
    if (length == 16) memory.fill(lengths + symbol, <u8>previous, repeat);
    symbol += repeat;
  }
  return true;
}

/** The table of a complete code; 0 when the lengths make none. */
function build(lengths: usize, symbols: u32): usize {
  const longest = sort(lengths, symbols);
  if (has_ended() || !is_complete(longest)) {
    fail(has_ended() ? DATA_END : BAD_PREFIX_CODE, place());
    return 0;
  }
  const single = load<u32>(places + (LONGEST << 2)) == 1;
  const root = single ? 0 : min(longest, ROOT_BITS);
  code_mask = (1 << root) - 1;
  const table = reserve(<u64>4 << root);
  if (!table) fail(NO_MEMORY, place());
  else if (single) store<u32>(table, <u32>load<u16>(sorted) << 8);
  else if (!fill_table(table, root, longest)) return 0;
  return table;
}

/** Sorts the symbols by length, counts them, and gives the greatest length. `places` ends as the number of symbols up to a length. */
function sort(lengths: usize, symbols: u32): u32 {
  memory.fill(counts, 0, 64);
  for (let i: u32 = 0; i < symbols; ++i) {
    const count = counts + (<usize>load<u8>(lengths + i) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  let longest: u32 = 0;
  for (let length: u32 = 1, sum: u32 = 0; length <= LONGEST; ++length) {
    store<u32>(places + (length << 2), sum);
    const count = load<u32>(counts + (length << 2));
    if (count) longest = length;
    sum += count;
  }
  for (let i: u32 = 0; i < symbols; ++i) {
    const length = <usize>load<u8>(lengths + i);
    if (!length) continue;
    const place = places + (length << 2), to = load<u32>(place);
    store<u16>(sorted + (to << 1), i);
    store<u32>(place, to + 1);
  }
  return longest;
}

/** One symbol of any length, or codes that use up all bit patterns. */
function is_complete(longest: u32): bool {
  if (load<u32>(places + (LONGEST << 2)) == 1) return true;
  let open: i32 = 1;
  for (let length: u32 = 1; length <= longest; ++length) {
    open = (open << 1) - <i32>load<u32>(counts + (length << 2));
    if (open < 0) return false;
  }
  return longest > 0 && open == 0;
}

/** Codes count up from length to length; they are looked up with their first bit lowest. */
function fill_table(table: usize, root: u32, longest: u32): bool {
  let code: u32 = 0, next = sorted, second: usize = 0, prefix: u32 = 0, second_bits: u32 = 0;
  for (let length: u32 = 1; length <= longest; ++length, code <<= 1) {
    for (let left = load<u32>(counts + (length << 2)); left > 0; --left, ++code, next += 2) {
      const entry = <u32>load<u16>(next) << 8 | length, reversed = reverse(code, length);
      if (length <= root) {
        spread(table, reversed, length, root, entry);
        continue;
      }
      if (!second || (reversed & (1 << root) - 1) != prefix) {
        prefix = reversed & (1 << root) - 1;
        second_bits = bits_of_second(length, left, root, longest);
        second = reserve(<u64>4 << second_bits);
        if (!second) return fail(NO_MEMORY, place());
        store<u32>(table + (prefix << 2), <u32>(second - table) << 8 | root + second_bits);
      }
      spread(second, reversed >> root, length - root, second_bits, entry);
    }
  }
  return true;
}

/** How many more bits the codes take that share a prefix: as many as it takes to use up its bit patterns. */
function bits_of_second(length: u32, left: u32, root: u32, longest: u32): u32 {
  let open = (<i32>1 << length - root) - <i32>left;
  while (length < longest && open > 0) {
    ++length;
    open = (open << 1) - <i32>load<u32>(counts + (length << 2));
  }
  return length - root;
}

/** Writes an entry wherever the first `length` of the table's bits are `code`. */
function spread(table: usize, code: u32, length: u32, bits: u32, entry: u32): void {
  for (let i = code, end = <u32>1 << bits; i < end; i += <u32>1 << length) store<u32>(table + (i << 2), entry);
}

function reverse(code: u32, length: u32): u32 {
  let reversed: u32 = 0;
  for (; length > 0; --length, code >>= 1) reversed = reversed << 1 | code & 1;
  return reversed;
}
