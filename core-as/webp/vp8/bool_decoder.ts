// The boolean entropy decoder of VP8 (RFC 6386, section 7). Several are read in turn, so each keeps its state in memory.
//
// `value` holds the bits that were loaded and not yet consumed, with 8 + `bits` of them valid: the first byte of the RFC's
// value are the bits from `bits` upwards. Bits are loaded when `bits` is negative, and never earlier: so `ended`, which is
// set when a load finds no byte left, says exactly that a decision needed bits that are not there.

export const VALUE = 0, RANGE = 8, BITS = 12, AT = 16, END = 20, ENDED = 24;
export const BOOL_DECODER_BYTES: usize = 32;

/** A decoder over the bytes [at, end); one over none has ended, even if nothing is asked of it. */
export function bool_start(decoder: usize, at: usize, end: usize): void {
  store<u64>(decoder, 0, VALUE);
  store<u32>(decoder, 255, RANGE);
  store<i32>(decoder, -8, BITS);
  store<u32>(decoder, at, AT);
  store<u32>(decoder, end, END);
  store<u32>(decoder, u32(at >= end), ENDED);
}

/** How many bits the last `bool_load` added. */
export let added: i32 = 0;

/** The value with more bits below: seven bytes at once, single bytes near the end, zeros behind it. */
export function bool_load(decoder: usize, value: u64): u64 {
  const at = load<u32>(decoder, AT), end = load<u32>(decoder, END);
  if (end - at >= 8) {
    store<u32>(decoder, at + 7, AT);
    added = 56;
    return value << 56 | bswap(load<u64>(at)) >> 8;
  }
  added = 8;
  if (at < end) {
    store<u32>(decoder, at + 1, AT);
    return value << 8 | load<u8>(at);
  }
  store<u32>(decoder, 1, ENDED);
  return value << 8;
}

/** Where the range is split for a decision that is 0 with `probability` / 256. */
// @ts-ignore: decorator
@inline
export function split_of(range: u32, probability: u32): u32 {
  return 1 + ((range - 1) * probability >> 8);
}

/** By how many bits a range must be shifted to be 128 or more. */
// @ts-ignore: decorator
@inline
export function shift_of(range: u32): i32 {
  return clz(range) - 24;
}

/** One decision. */
export function read_bool(decoder: usize, probability: u32): i32 {
  let value = load<u64>(decoder, VALUE), bits = load<i32>(decoder, BITS);
  if (bits < 0) {
    value = bool_load(decoder, value);
    bits += added;
  }
  const range = load<u32>(decoder, RANGE), split = split_of(range, probability), scaled = <u64>split << bits;
  const bit = value >= scaled;
  const rest = bit ? range - split : split, shift = shift_of(rest);
  store<u64>(decoder, bit ? value - scaled : value, VALUE);
  store<u32>(decoder, rest << shift, RANGE);
  store<i32>(decoder, bits - shift, BITS);
  return bit;
}

/** An unsigned number of `count` bits, the highest first. */
export function read_literal(decoder: usize, count: i32): i32 {
  let number = 0;
  for (; count > 0; --count) number = number << 1 | read_bool(decoder, 128);
  return number;
}

/** A flag, and where it is set a number of `count` bits with its sign behind; 0 where it is not. */
export function read_optional(decoder: usize, count: i32): i32 {
  if (!read_bool(decoder, 128)) return 0;
  const number = read_literal(decoder, count);
  return read_bool(decoder, 128) ? -number : number;
}

/** A leaf of a tree in memory: children by node as pairs of bytes, from 128 on leaves; a probability for each node. */
export function read_tree(decoder: usize, tree: usize, probabilities: usize): i32 {
  let node = 0;
  do {
    node = load<u8>(tree + (node << 1) + read_bool(decoder, load<u8>(probabilities + node)));
  } while (node < 128);
  return node - 128;
}
