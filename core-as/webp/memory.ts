// The memory of one picture: everything a decoder needs is reserved in one direction and released at once.

let top: usize = 0;

/** Releases everything. */
export function release_all(): void {
  top = align(__heap_base);
}

/** `bytes` bytes at a multiple of 16, or 0 when the memory cannot grow so far. What they contain is undefined. */
export function reserve(bytes: u64): usize {
  const from = top;
  const next = <u64>from + (bytes + 15 & ~15);
  if (next > 0xffff0000) return 0;
  const missing = <i64>next - <i64>(<u64>memory.size() << 16);
  if (missing > 0 && memory.grow(<i32>(missing + 0xffff >> 16)) < 0) return 0;
  top = <usize>next;
  return from;
}

/** As `reserve`, filled with zeros. */
export function reserve_zeros(bytes: u64): usize {
  const from = reserve(bytes);
  if (from) memory.fill(from, 0, <usize>bytes);
  return from;
}

/** What `release_to` takes to release everything that is reserved from now on. */
export function mark(): usize {
  return top;
}

export function release_to(earlier: usize): void {
  top = earlier;
}

function align(address: usize): usize {
  return address + 15 & ~15;
}
