// The rows of a PNG, or of one of Adam7's seven pictures in it.
import { adler32 } from "./checksum";
import { expand_row, place_row } from "./picture";
import { BROKEN, checksum_at, CUT, ENDED, has_checksum, inflate, inflater, open_inflater, RUNNING } from "./inflate";
import { unfilter } from "./unfilter";

/** Bytes before a match that it may copy. */
const HISTORY: usize = 32768;
const NO_FILTER: u32 = 4;

@unmanaged
class Rows {
  buffer: usize; // inflated bytes, `size` of them and 320 behind
  size: usize;
  next: usize; // the first that has not been unfiltered
  line: usize; // two rows: bytes each, with the margins that unfilter asks for
  lineSize: usize;
  turn: usize; // which of the two is next
  pixel: usize; // bytes of a pixel, at least 1
  bytes: usize; // of a row of this pass
  failure: u32;
  sum: u32; // the checksum of all that has been inflated
}

const rows = changetype<Rows>(memory.data(64, 16));

/** The zlib stream of a PNG is at [from, end). `buffer` has `size` + 320 bytes, `line` twice `lineSize`. */
export function png_open(from: usize, end: usize, buffer: usize, size: usize, line: usize, lineSize: usize, pixel: usize): void {
  open_inflater(from, end, buffer);
  rows.buffer = rows.next = buffer;
  rows.size = size;
  rows.line = line;
  rows.lineSize = lineSize;
  rows.pixel = pixel;
  rows.failure = 0;
  rows.sum = 1;
}

/** Rows of so many bytes follow; above the first there is a row of zeros. */
export function png_pass(bytes: usize): void {
  rows.bytes = bytes;
  rows.turn = 0;
  memory.fill(rows.line, 0, 2 * rows.lineSize);
}

/** Why the last call gave fewer rows: 1 the stream is over, 2 its data end, 3 they are broken, 4 a filter that does not exist: 4 + 256 · its type. */
export function png_failure(): u32 {
  return rows.failure;
}

/** Where the checksum is, if the stream ended with the last row that was read and has another; else 0. */
export function png_wrong_checksum(): usize {
  if (inflater.state != ENDED || inflater.out != rows.next || !has_checksum()) return 0;
  const at = checksum_at();
  return bswap(load<u32>(at)) == rows.sum ? 0 : at;
}

/** Unfilters up to `count` rows of `width` pixels and writes them from `out` on, `step` bytes apart. Returns how many. */
export function png_rows(count: usize, width: usize, out: usize, step: usize): usize {
  for (let i: usize = 0; i < count; ++i, out += step) {
    const row = next_row();
    if (!row) return i;
    expand_row(row, width);
    place_row(out, width);
  }
  return count;
}

/** The next row without its filter; 0 when there is none. */
function next_row(): usize {
  const needed = rows.bytes + 1;
  if (inflater.out < rows.next + needed && !fetch(needed)) return 0;
  const row = rows.line + rows.turn * rows.lineSize + 16, above = rows.line + (1 - rows.turn) * rows.lineSize + 16;
  if (!unfilter(load<u8>(rows.next), rows.next + 1, above, row, rows.bytes, rows.pixel)) {
    rows.failure = NO_FILTER | <u32>load<u8>(rows.next) << 8;
    return 0;
  }
  rows.next += needed;
  rows.turn = 1 - rows.turn;
  return row;
}

/** Inflates as much as there is room for, and at least `needed` bytes. */
function fetch(needed: usize): bool {
  if (rows.next + needed > rows.buffer + rows.size) forget();
  if (inflater.state == RUNNING) {
    const from = inflater.out;
    inflate(rows.buffer + rows.size);
    rows.sum = adler32(rows.sum, from, inflater.out);
  }
  if (inflater.out >= rows.next + needed) return true;
  // a stream that ends with a row leaves the others black, any other end is a failure
  const ended = inflater.state == ENDED && inflater.out == rows.next && has_checksum();
  rows.failure = ended ? ENDED : inflater.state == BROKEN ? BROKEN : CUT;
  return false;
}

/** Moves what is still needed to the beginning of the buffer. */
function forget(): void {
  const oldest = inflater.out - rows.buffer > HISTORY ? inflater.out - HISTORY : rows.buffer;
  const kept = min(rows.next, oldest), moved = kept - rows.buffer;
  memory.copy(rows.buffer, kept, inflater.out - kept);
  inflater.out -= moved;
  rows.next -= moved;
  inflater.first = rows.buffer;
}
