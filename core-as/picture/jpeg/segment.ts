// The stretches of entropy-coded data between two markers.
import { bits, stored_bytes } from "./bits";

/** Of the file in memory: its bytes, and where the marker is that ends the data at hand. */
@unmanaged
class File {
  end: usize;
  marker: usize;
}

const file = changetype<File>(memory.data(16, 16));

/**
 * Compressed bytes over which libjpeg's buffer is followed before the end of a file that is cut. Of longer data the state at the
 * first of them is a guess; in its slow loop, the last ones that libjpeg is in, all states soon become one.
 */
const FOLLOWED: usize = 65536;

/** The file is stored in [begin, end); what is read of its scans is overwritten. 16 bytes behind it may be read. */
export function jpeg_open(end: usize): void {
  file.end = end;
  bits.suspended = false;
}

/** Where the file goes on behind the data that were read last: at a marker, or its end. */
export function jpeg_scan_end(): usize {
  return file.marker;
}

/** Whether libjpeg would wait for more bytes than the file has. */
export function jpeg_suspended(): bool {
  return bits.suspended;
}

/** Goes on at `begin`: takes the stuffed zeros out of the data in place, up to the next marker. */
export function open_segment(begin: usize): void {
  let from = begin, to = begin;
  let run: usize = 0;
  for (;;) {
    run = next_ff(from);
    if (to != from) memory.copy(to, from, run - from);
    to += run - from;
    from = run;
    // any number of FF, then 0: one byte FF; then anything else: a marker
    while (from < file.end && load<u8>(from) == 0xff) ++from;
    if (from >= file.end || load<u8>(from)) break;
    store<u8>(to++, 0xff);
    ++from;
  }
  file.marker = from >= file.end ? file.end : from - 1;
  bits.cut = from >= file.end;
  set_window(begin, to, <i32>(file.end - run));
}

/** Data in [begin, end). `trailing`: bytes FF behind them, where the file is cut. */
function set_window(begin: usize, end: usize, trailing: i32): void {
  bits.window = 0;
  bits.count = bits.padding = 0;
  bits.position = begin;
  bits.end = end;
  bits.tail = bits.cut ? (end > begin + FOLLOWED ? end - FOLLOWED : begin) : usize.MAX_VALUE;
  bits.isFast = false;
  if (bits.cut) {
    bits.loaded = <u64>bits.tail << 3;
    bits.behind = stored_bytes(bits.tail, end) + trailing;
  }
}

/** The first byte FF at or behind `at`, or the end of the file. */
function next_ff(at: usize): usize {
  const end = file.end;
  for (; at + 16 <= end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(-1)));
    if (found) return at + <usize>ctz(found);
  }
  while (at < end && load<u8>(at) != 0xff) ++at;
  return at;
}

/** Where the next marker (its last FF) is, at `at` or after it; the end of the file where there is none. */
function next_marker(at: usize): usize {
  do {
    at = next_ff(at);
    while (at < file.end && load<u8>(at) == 0xff) ++at;
  } while (at < file.end && !load<u8>(at));
  return at < file.end ? at - 1 : file.end;
}

/**
 * Goes on behind restart marker number `expected`. When another marker is there, this does as libjpeg does: one of the two
 * to come, or no restart marker, is left for later and the data count as missing; one of the two before, or a code that is
 * no marker, is skipped.
 */
export function restart(expected: u32): void {
  let at = file.marker;
  for (;;) {
    if (at >= file.end) {
      bits.suspended = true;
      return stay_at(at);
    }
    const code = <u32>load<u8>(at + 1), ahead = (code - 0xd0 - expected) & 7;
    if (code >= 0xc0) {
      if (code < 0xd0 || code > 0xd7 || ahead == 1 || ahead == 2) return stay_at(at);
      if (ahead < 6) break;
    }
    at = next_marker(at + 2);
  }
  bits.insufficient = false;
  open_segment(at + 2);
}

/** No data before the marker at `at`; what was missing stays missing. */
function stay_at(at: usize): void {
  file.marker = at;
  bits.cut = at >= file.end;
  set_window(at, at, 0);
}
