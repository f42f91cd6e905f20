// Entropy-coded bits. The data of a segment (up to its marker) are stored without stuffed zeros; see segment.ts. The next bits are
// the top bits of `window`; the reader of a block keeps window, count and position in locals and stores them back.

/** The state of the reader between two blocks. */
@unmanaged
export class Bits {
  window: u64; // the next bits, from the top
  position: usize; // of the next byte to load
  end: usize; // of the data of this segment
  count: i32; // bits of the window that are loaded
  padding: i32; // how many of them, the last, are zeros that the file does not have
  insufficient: bool; // more bits were taken than the segment has
  suspended: bool; // the file ended where libjpeg waits for more
  cut: bool; // the segment ends with the file, not at a marker
  tail: usize; // from here on libjpeg's buffer is followed; the last address where it need not be
  loaded: u64; // bits from address 0 that libjpeg has in its buffer
  behind: i32; // bytes of the file, stuffed zeros included, that it has not loaded
  isFast: bool; // its buffer is followed through an MCU of its fast loop
}

export const bits = changetype<Bits>(memory.data(64, 16));

/** Eight bytes, the first one on top. */
// @ts-ignore: decorator
@inline
export function load_big_endian(at: usize): u64 {
  const reversed = i8x16.swizzle(v128.load64_zero(at), i8x16(7, 6, 5, 4, 3, 2, 1, 0, 8, 8, 8, 8, 8, 8, 8, 8));
  return <u64>i64x2.extract_lane(reversed, 0);
}

/** Loads byte by byte up to the end of the segment, then zeros; afterwards the window has more than 56 bits. */
export function refill_at_end(): void {
  let count = bits.count, window = bits.window, at = bits.position;
  for (; count <= 56; count += 8) {
    if (at < bits.end) window |= <u64>load<u8>(at++) << (56 - count);
    else bits.padding += 8;
  }
  bits.window = window;
  bits.count = count;
  bits.position = at;
}

/** Fills the window to more than 56 bits. */
export function refill(): void {
  const at = bits.position, count = bits.count;
  if (at + 8 > bits.end) return refill_at_end();
  bits.window |= load_big_endian(at) >> count;
  bits.position = at + ((63 - count) >> 3);
  bits.count = count | 56;
}

/** Takes n ≤ 16 bits. */
export function take(n: i32): i32 {
  if (bits.count < 32) refill();
  const value = <i32>((bits.window >> 1) >> (63 - n));
  bits.window <<= n;
  bits.count -= n;
  return value;
}

/**
 * Follows the buffer of libjpeg near the end of a file that has no end marker, from the start of an MCU on. Its fast loop loads six
 * bytes when it has 16 bits or fewer; it is for MCUs of at most `most` bytes that are in memory for certain.
 */
export function follow_mcu(most: i32): void {
  bits.isFast = bits.behind >= most;
}

/**
 * Before `need` bits are taken. The slow loop waits for more bytes (for us: the file is truncated) when it has fewer and cannot
 * load at least 57.
 */
export function follow_libjpeg(position: usize, count: i32, need: i32): void {
  const here = consumed(position, count);
  if (bits.isFast) {
    if (bits.loaded <= here + 16) load_up_to(bits.loaded + 48);
  } else if (bits.loaded < here + <u64>need) load_up_to((here + 57 + 7) & ~7);
}

/**
 * Before a code of `length` bits: the slow loop needs eight bits to look it up, nine when it is longer, and takes the others one
 * by one, so that it loads again only when it has none.
 */
export function follow_code(position: usize, count: i32, length: i32): void {
  follow_libjpeg(position, count, 8);
  if (length <= 8 || bits.isFast) return;
  follow_libjpeg(position, count, 9);
  if (bits.loaded < consumed(position, count) + <u64>length) load_up_to(bits.loaded + 64);
}

/** Bits from address 0 that have been taken. */
// @ts-ignore: decorator
@inline
function consumed(position: usize, count: i32): u64 {
  return (<u64>position << 3) - <u64>(count - bits.padding);
}

function load_up_to(wanted: u64): void {
  if (wanted > <u64>bits.end << 3) {
    bits.suspended = true;
    return;
  }
  bits.behind -= stored_bytes(<usize>(bits.loaded >> 3), <usize>(wanted >> 3));
  bits.loaded = wanted;
}

/** How many bytes of the file the data in [from, to) were: each FF has a zero behind it. */
export function stored_bytes(from: usize, to: usize): i32 {
  let count = <i32>(to - from);
  for (let at = from; at < to; ++at) count += <i32>(load<u8>(at) == 0xff);
  return count;
}

/** After a block or MCU: whether the segment had fewer bits than were taken. */
// @ts-ignore: decorator
@inline
export function check_sufficient(): void {
  if (bits.count < bits.padding) bits.insufficient = true;
}
