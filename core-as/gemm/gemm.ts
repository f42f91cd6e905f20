import { LAST_EPILOGUE, ONES, ZEROS, finish, finish_whole, is_plain } from "./epilogue";
import { F32Panel } from "./panel_f32";
import { Q8Panel } from "./panel_q8";
import { MC, NR } from "./shape";
import { part_begin } from "./partition";

/** Scratch of one thread: a tile of sums, the addresses of MC input rows and of MC output rows; then what P needs. */
const TILE_BYTES: usize = 192;
const TABLE_BYTES: usize = MC * 4;
/** A panel up to this size is brought near while the one before it computes; a larger one would push that one out. */
const NEAR: usize = 65536;
/** Panels of f32 are copied for at least so many rows, and up to such a depth: bench/lab/README.md. */
const COPIED_ROWS: usize = 12;
const COPIED_DEPTH: usize = ASC_FEATURE_RELAXED_SIMD ? 4096 : 1024;
export const DRIVE_SCRATCH: usize = TILE_BYTES + 2 * TABLE_BYTES;

/**
 * Rows [begin, end) of out = epilogue(scale ⊙ (x·Wᵀ) + shift), W [n, segments·k] as policy P keeps it:
 * tiles of `mr` × `nr`, `panel_bytes` of a packed panel, `rows_bytes` of a block of prepared rows, `rows` to prepare them, `open` to make a panel
 * readable for `tile`, `ending` to say which epilogue it takes for the one that was asked for.
 * Row i is pixel (⌊i/width⌋, i mod width): its addresses are base + y·row stride + x·pixel stride, all in bytes.
 * Blocks of rows outside, panels inside, tiles innermost. No sum depends on where a block begins.
 */
export function drive<P>(
  begin: usize, end: usize, width: usize,
  out: usize, outRow: usize, outPixel: usize,
  x: usize, xRow: usize, xPixel: usize, segments: usize, segmentStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  assert(width > 0, "an image must have a width");
  assert(epilogue >= 0 && epilogue <= LAST_EPILOGUE, "no such epilogue");
  assert((scratch & 15) == 0, "scratch must begin at a multiple of 16");
  const acc = scratch, ins = acc + TILE_BYTES, outs = ins + TABLE_BYTES, prepared = outs + TABLE_BYTES;
  const depth = segments * k, mr = changetype<P>(0).mr(), nr = changetype<P>(0).nr();
  const panelBytes = changetype<P>(0).panel_bytes(depth), opened = prepared + changetype<P>(0).rows_bytes(depth);
  const block = block_rows(end - begin, mr), ending = changetype<P>(0).ending(epilogue);
  for (let first = begin; first < end; first += block) {
    const count = min(block, end - first);
    address(ins, x, xRow, xPixel, width, first, count, mr);
    changetype<P>(0).rows(ins, count, depth, prepared);
    address(outs, out, outRow, outPixel, width, first, count, mr);
    const copied = nr == NR && panelBytes == copied_bytes(depth) && count >= COPIED_ROWS;
    let packed = w;
    for (let j: usize = 0; j < n; j += nr, packed += panelBytes) {
      const panel = copied ? copy(opened, packed, panelBytes) : changetype<P>(0).open(packed, depth, opened);
      const cols = min(nr, n - j), at = j << 2;
      const s = scale ? scale + at : ONES, b = shift ? shift + at : ZEROS;
      const next = packed + panelBytes, near = !copied && j + nr < n && panelBytes <= NEAR ? next + panelBytes : next;
      if (nr == NR) {
        sweep<F32Panel>(acc, ins, outs, count, panel, k, segments, segmentStride, ending, cols, at, s, b, next, near);
      } else {
        sweep<Q8Panel>(acc, ins, outs, count, panel, k, segments, segmentStride, ending, cols, at, s, b, next, near);
      }
    }
  }
}

/**
 * Scratch for a panel of f32, or 0 if it is read where it lies. When enough rows read it, it pays to copy it first, to
 * where the panel before it lay: one run through far memory, and then lines that the caches hold already.
 */
export function copied_bytes(depth: usize): usize {
  return depth <= COPIED_DEPTH ? depth * NR * 4 : 0;
}

// @ts-ignore: decorator
@inline
function copy(to: usize, from: usize, bytes: usize): usize {
  memory.copy(to, from, bytes);
  return to;
}

/**
 * An open panel times all rows of a block, a tile at a time: `ins` and `outs` are the tables of their addresses.
 * Meanwhile what lies from `next` to `near` is brought near. Panels that open to the same share the tiles of P.
 */
function sweep<P>(
  acc: usize, ins: usize, outs: usize, count: usize, panel: usize, k: usize, segments: usize, segmentStride: usize,
  epilogue: i32, cols: usize, at: usize, scale: usize, shift: usize, next: usize, near: usize,
): void {
  const mr = changetype<P>(0).mr(), nr = changetype<P>(0).nr(), plain = cols == nr && is_plain(epilogue, nr);
  const share = ((near - next) * mr / count + 63) & ~63;
  for (let i: usize = 0; i < count; i += mr, next += share) {
    touch(acc, next, min(next + share, near));
    changetype<P>(0).tile(acc, ins + (i << 2), panel, k, segments, segmentStride);
    const rows = min(mr, count - i), row = outs + (i << 2);
    if (plain) finish_whole(epilogue, acc, nr, rows, row, at, scale, shift);
    else finish(epilogue, acc, nr, rows, cols, row, at, scale, shift);
  }
}

/** Loads one byte of every cache line of at … end; the store keeps the loads alive. */
// @ts-ignore: decorator
@inline
function touch(sink: usize, at: usize, end: usize): void {
  let any: u32 = 0;
  for (; at < end; at += 64) any |= load<u8>(at);
  store<u32>(sink, any);
}

/** Units [begin, end) of {@link drive} over plain rows; strides in floats. Parts of which all tiles are due go together. */
// @ts-ignore: decorator
@inline
export function linear<P>(
  begin: usize, end: usize, rows: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  assert(begin <= end, "units must run from begin to end");
  const mr = changetype<P>(0).mr(), nr = changetype<P>(0).nr(), tiles = (rows + mr - 1) / mr;
  for (let unit = begin, next = unit; unit < end; unit = next) {
    const part = unit / tiles, tile = unit % tiles, whole = tile == 0 ? (end - unit) / tiles : 0;
    next = whole ? unit + whole * tiles : min(end, unit + tiles - tile);
    const last = whole ? rows : min(rows, (tile + next - unit) * mr);
    const column = part_begin(part, n, nr), behind = part_begin(part + max(whole, 1), n, nr), at = column << 2;
    drive<P>(
      tile * mr, last, usize.MAX_VALUE, out + at, 0, outStride << 2, x, 0, xStride << 2, 1, 0,
      w + column / nr * changetype<P>(0).panel_bytes(k), min(behind, n) - column, k,
      scale ? scale + at : 0, shift ? shift + at : 0, epilogue, scratch,
    );
  }
}

/** Equal blocks of at most MC rows, whole tiles each. */
// @ts-ignore: decorator
@inline
function block_rows(rows: usize, mr: usize): usize {
  const blocks = (rows + MC - 1) / MC;
  return blocks == 0 ? MC : ((rows + blocks - 1) / blocks + mr - 1) / mr * mr;
}

/** Writes the addresses of rows first … first + count − 1, the last one repeated until the tile is full. */
function address(
  table: usize, base: usize, row: usize, pixel: usize, width: usize, first: usize, count: usize, mr: usize,
): void {
  let y = first / width, column = first % width, pointer: usize = 0;
  for (let i: usize = 0; i < count; ++i, table += 4) {
    pointer = base + y * row + column * pixel;
    store<usize>(table, pointer);
    if (++column == width) column = 0, ++y;
  }
  for (let i = count; i % mr != 0; ++i, table += 4) store<usize>(table, pointer);
}
