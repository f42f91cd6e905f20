// Deflate (RFC 1951) into a buffer that keeps the last 32 KiB. It stops when enough bytes are there, and goes on at the next
// call. The next bits are the low bits of `window`.
import { build_code, code_entry, DISTANCE, LENGTH, long_symbol } from "./prefix_code";

/** What the stream has come to. */
export const RUNNING: u32 = 0;
export const ENDED: u32 = 1; // its last block is over
export const CUT: u32 = 2; // its data end too early
export const BROKEN: u32 = 3; // it cannot be

const HEADER: u32 = 0; // before a block
const STORED: u32 = 1;
const CODED: u32 = 2;

@unmanaged
class Inflater {
  window: u64;
  position: usize; // of the next byte to load
  end: usize;
  count: i32; // bits of the window
  state: u32;
  block: u32; // HEADER, STORED or CODED
  isLast: bool;
  left: usize; // bytes of a stored block
  first: usize; // the oldest byte that a match may copy
  out: usize; // where the next byte goes
}

export const inflater = changetype<Inflater>(memory.data(64, 16));

const LENGTH_CODES: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
const lengths: usize = memory.data(320, 16);
/** Per distance below 16: which of the last 16 bytes are repeated, [16, 16]. */
const repeats: usize = memory.data(256, 16);

/** A zlib stream at [from, end), 16 bytes behind may be read; its bytes go to `out`. */
export function open_inflater(from: usize, end: usize, out: usize): void {
  inflater.window = 0;
  inflater.position = from + 2;
  inflater.end = end;
  inflater.count = 0;
  inflater.block = HEADER;
  inflater.isLast = false;
  inflater.first = inflater.out = out;
  inflater.state = end < from + 2 ? CUT : header_state(from);
  for (let distance: usize = 1; distance < 16; ++distance)
    for (let i: usize = 0; i < 16; ++i) store<u8>(repeats + (distance << 4) + i, <u8>(i % distance));
}

/** Deflate, a window of at most 32 KiB, no dictionary, and a check of these. */
function header_state(from: usize): u32 {
  const method = <u32>load<u8>(from), flags = <u32>load<u8>(from, 1);
  return (method & 15) == 8 && method >> 4 <= 7 && !(flags & 32) && (method << 8 | flags) % 31 == 0 ? RUNNING : BROKEN;
}

/** Inflates until `out` is at or behind `limit` (by at most 258 bytes) or the stream is over; `state` says which. */
export function inflate(limit: usize): void {
  while (inflater.state == RUNNING && inflater.out < limit) {
    if (inflater.block == CODED) copy_coded(limit);
    else if (inflater.block == STORED) copy_stored(limit);
    else if (inflater.isLast) inflater.state = ENDED;
    else open_block();
  }
  // the end may come right behind the last byte
  if (inflater.state == RUNNING && inflater.block == CODED) copy_coded(0);
  if (inflater.state == RUNNING && inflater.block == STORED && inflater.left == 0) inflater.block = HEADER;
  if (inflater.state == RUNNING && inflater.block == HEADER && inflater.isLast) inflater.state = ENDED;
}

/** Whether the four bytes of the checksum that follows a stream are there. */
export function has_checksum(): bool {
  return checksum_at() + 4 <= inflater.end;
}

/** Where it is: whole bytes that have been loaded are behind the stream. */
export function checksum_at(): usize {
  return inflater.position - <usize>(inflater.count >> 3);
}

/** The next n ≤ 16 bits; without so many, 0 and the state CUT. */
function take(n: i32): u32 {
  while (inflater.count < n) {
    if (inflater.position >= inflater.end) {
      inflater.state = CUT;
      return 0;
    }
    inflater.window |= <u64>load<u8>(inflater.position++) << inflater.count;
    inflater.count += 8;
  }
  const value = <u32>inflater.window & ((1 << n) - 1);
  inflater.window >>= n;
  inflater.count -= n;
  return value;
}

function open_block(): void {
  inflater.isLast = take(1) != 0;
  const kind = take(2);
  if (inflater.state != RUNNING) return;
  if (kind == 0) open_stored();
  else if (kind == 1) open_fixed();
  else if (kind == 2) open_dynamic();
  else inflater.state = BROKEN;
}

function open_stored(): void {
  take(inflater.count & 7);
  const size = take(16), inverse = take(16);
  if (inflater.state != RUNNING) return;
  if (size != (inverse ^ 0xffff)) {
    inflater.state = BROKEN;
    return;
  }
  // whole bytes that have been loaded are given back
  inflater.position -= <usize>inflater.count >> 3;
  inflater.window = 0;
  inflater.count = 0;
  inflater.left = size;
  inflater.block = STORED;
}

function copy_stored(limit: usize): void {
  const there = inflater.end - inflater.position;
  if (inflater.left && !there) {
    inflater.state = CUT;
    return;
  }
  const size = min(min(inflater.left, there), limit - inflater.out);
  memory.copy(inflater.out, inflater.position, size);
  inflater.out += size;
  inflater.position += size;
  inflater.left -= size;
  if (inflater.left == 0) inflater.block = HEADER;
}

function open_fixed(): void {
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  build_code(LENGTH, lengths, 288);
  memory.fill(lengths, 5, 30);
  build_code(DISTANCE, lengths, 30);
  inflater.block = CODED;
}

function open_dynamic(): void {
  const literals = <usize>take(5) + 257, distances = <usize>take(5) + 1, codes = <usize>take(4) + 4;
  memory.fill(lengths, 0, 320);
  for (let i: usize = 0; i < codes; ++i) store<u8>(lengths + load<u8>(LENGTH_CODES + i), <u8>take(3));
  if (inflater.state != RUNNING) return;
  if (literals > 286 || distances > 30 || build_code(LENGTH, lengths, 19) != 0) {
    inflater.state = BROKEN;
    return;
  }
  read_lengths(literals + distances);
  if (inflater.state != RUNNING) return;
  // only a code of one symbol may leave others unused, and every block has an end
  if (!load<u8>(lengths + 256) || !is_usable(build_code(LENGTH, lengths, literals))) inflater.state = BROKEN;
  else if (!is_usable(build_code(DISTANCE, lengths + literals, distances))) inflater.state = BROKEN;
  else inflater.block = CODED;
}

// @ts-ignore: decorator
@inline
function is_usable(built: i32): bool {
  return built >= 0;
}

/** The lengths of both codes, coded by a third. */
function read_lengths(total: usize): void {
  memory.fill(lengths, 0, 320);
  let previous: u32 = 0;
  for (let i: usize = 0; i < total; ) {
    const symbol = next_symbol();
    if (inflater.state != RUNNING) return;
    if (symbol < 16) {
      store<u8>(lengths + i++, <u8>(previous = symbol));
      continue;
    }
    if (symbol == 16 && i == 0) {
      inflater.state = BROKEN;
      return;
    }
    const times = <usize>(symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7));
    if (symbol != 16) previous = 0;
    if (i + times > total) {
      if (inflater.state == RUNNING) inflater.state = BROKEN;
      return;
    }
    memory.fill(lengths + i, <u8>previous, times);
    i += times;
  }
}

/** One symbol of the code of lengths, bit by bit: it is used little. */
function next_symbol(): u32 {
  let ahead: u32 = 0;
  for (let n: u32 = 1; n <= 15; ++n) {
    ahead |= take(1) << (n - 1);
    if (inflater.state != RUNNING) return 0;
    const entry = code_entry(LENGTH, ahead);
    if ((entry & 15) == n && entry & 0x8000) return <u32>entry >> 16;
  }
  inflater.state = BROKEN;
  return 0;
}

/** Literals and matches until `limit`, or the end of the block: with a limit of 0 only the latter, if it comes next. */
function copy_coded(limit: usize): void {
  let window = inflater.window, count = inflater.count, position = inflater.position, out = inflater.out;
  const end = inflater.end, first = inflater.first;
  let peek = limit == 0;
  do {
    // 15 + 5 + 15 + 13 bits are the most that a match takes
    if (position + 8 <= end) {
      window |= load<u64>(position) << count;
      position += (63 - count) >> 3;
      count |= 56;
    } else {
      for (; count <= 56 && position < end; count += 8) window |= <u64>load<u8>(position++) << count;
    }
    let entry = code_entry(LENGTH, <u32>window);
    if (!peek && entry & 0x4000) {
      // up to three literals of at most 11 bits before the window is filled again
      if (<i32>(entry & 15) > count) {
        inflater.state = CUT;
        break;
      }
      store<u8>(out++, <u8>(entry >> 16));
      window >>= entry & 15;
      count -= entry & 15;
      entry = code_entry(LENGTH, <u32>window);
      if (!(entry & 0x4000) || <i32>(entry & 15) > count) continue;
      store<u8>(out++, <u8>(entry >> 16));
      window >>= entry & 15;
      count -= entry & 15;
      entry = code_entry(LENGTH, <u32>window);
      if (!(entry & 0x4000) || <i32>(entry & 15) > count) continue;
      store<u8>(out++, <u8>(entry >> 16));
      window >>= entry & 15;
      count -= entry & 15;
      continue;
    }
    if (!(entry & 0x8000)) entry = long_symbol(LENGTH, <u32>window);
    let bits = <i32>(entry & 15), symbol = entry >> 16;
    if (peek && (symbol != 256 || entry == 0 || bits > count)) break;
    if (entry == 0 || bits > count) {
      inflater.state = bits > count || count < 15 ? CUT : BROKEN;
      break;
    }
    window >>= bits;
    count -= bits;
    if (symbol < 256) {
      store<u8>(out++, <u8>symbol);
      continue;
    }
    if (symbol == 256) {
      inflater.block = HEADER;
      break;
    }
    symbol -= 257;
    if (symbol > 28) {
      inflater.state = BROKEN;
      break;
    }
    // lengths: eight of one byte each, then four of each number of extra bits, and 258
    let extra = symbol < 8 || symbol == 28 ? 0 : (symbol >> 2) - 1;
    const length = <usize>(symbol == 28 ? 258 : symbol < 8 ? 3 + symbol : 3 + ((4 + (symbol & 3)) << extra) + (<u32>window & ((1 << extra) - 1)));
    window >>= extra;
    count -= extra;
    entry = code_entry(DISTANCE, <u32>window);
    if (!(entry & 0x8000)) entry = long_symbol(DISTANCE, <u32>window);
    bits = <i32>(entry & 15);
    symbol = entry >> 16;
    if (entry == 0 || bits > count || symbol > 29) {
      inflater.state = count < 15 ? CUT : BROKEN;
      break;
    }
    window >>= bits;
    count -= bits;
    extra = symbol < 4 ? 0 : (symbol >> 1) - 1;
    const distance = <usize>(symbol < 4 ? 1 + symbol : 1 + ((2 + (symbol & 1)) << extra) + (<u32>window & ((1 << extra) - 1)));
    window >>= extra;
    count -= extra;
    if (count < 0) {
      inflater.state = CUT;
      break;
    }
    if (distance > out - first) {
      inflater.state = BROKEN;
      break;
    }
    copy_match(out, distance, length);
    out += length;
  } while (out < limit);
  inflater.window = window;
  inflater.count = count;
  inflater.position = position;
  inflater.out = out;
}

/** Repeats what is stored `distance` bytes before; up to 15 bytes too many are written. */
// @ts-ignore: decorator
@inline
function copy_match(out: usize, distance: usize, length: usize): void {
  const end = out + length;
  if (distance >= 16) {
    for (; out < end; out += 16) v128.store(out, v128.load(out - distance));
    return;
  }
  const pattern = i8x16.swizzle(v128.load(out - distance), v128.load(repeats + (distance << 4)));
  for (const step: usize = 16 - 16 % distance; out < end; out += step) v128.store(out, pattern);
}
