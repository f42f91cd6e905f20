// Bits of a lossless image, the lowest of each byte first. Behind the data come zeros, as many as are asked for: the place is
// counted on, and `has_ended` tells. At least 8 readable bytes must follow the data.

/** Bits that were loaded and not yet consumed: the lowest `held` ones of `bits`. */
export let bits: u64 = 0;
export let held: u32 = 0;
/** The next byte to load, the end of the data, and the place up to which zeros may be consumed. */
export let at: usize = 0;
export let end: usize = 0;
export let limit: usize = 0;

/** Starts `header` bytes behind the begin of data [from, to). As in libwebp, data of less than 8 bytes go on with zeros. */
export function start_bits(from: usize, to: usize, header: usize): void {
  bits = 0;
  held = 0;
  at = from + header;
  end = to;
  limit = max(to, from + 8);
}

/** Takes up the state that a loop kept in variables of its own. */
export function set_bits(new_bits: u64, new_held: u32, new_at: usize): void {
  bits = new_bits;
  held = new_held;
  at = new_at;
}

/** What a load at `at` adds above `held` bits; it makes them 56 or more, and goes on by `loaded_bytes`. */
// @ts-ignore: decorator
@inline
export function next_bits(at: usize, end: usize, held: u32): u64 {
  return at < end ? load<u64>(at) << held : 0;
}

// @ts-ignore: decorator
@inline
export function loaded_bytes(held: u32): usize {
  return <usize>(63 - held >> 3);
}

/** Whether more bits were consumed than there are. */
// @ts-ignore: decorator
@inline
export function is_past(at: usize, limit: usize, held: u32): bool {
  return at - (held >> 3) > limit;
}

export function has_ended(): bool {
  return is_past(at, limit, held);
}

/** The byte that the next bit is in, or the end. */
export function place(): usize {
  return min(at - (held >> 3), end);
}

/** Makes sure that 56 bits are there. */
export function fill_bits(): void {
  bits |= next_bits(at, end, held);
  at += loaded_bytes(held);
  held |= 56;
}

/** The next `count` bits, 32 at most. */
export function read_bits(count: u32): u32 {
  if (held < count) fill_bits();
  const number = <u32>(bits & (<u64>1 << count) - 1);
  skip_bits(count);
  return number;
}

/** Consumes bits that are there. */
// @ts-ignore: decorator
@inline
export function skip_bits(count: u32): void {
  bits >>= count;
  held -= count;
}
