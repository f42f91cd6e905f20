// out = epilogue(scale ⊙ (x·Wᵀ) + shift): one general matrix product (GEMM) for all weight formats, with the loops of BLIS
// (Van Zee and van de Geijn 2015). x is the left-hand side (LHS), packed W the right-hand side (RHS).
//
//   LOOP 3  blocks of MC rows of x and out: packs the LHS
//   LOOP 2  panels of NR columns of out: unpacks the RHS, prefetches the next panel
//   LOOP 1  micro-tiles of MR rows: the macro-kernel
//           the micro-kernel adds up k products in registers, then the epilogue stores the tile
//
// BLIS's loops 5 and 4, which split n and k, have no counterpart: a sum over k is never split, so that no bit of a result depends
// on where a block begins.
import { LAST_EPILOGUE, ONES, ZEROS, has_full_store, store_full_tile, store_tile } from "./epilogue";
import { FloatPanel, IntegerPanel } from "./policy";
import { pixel_addresses } from "./row_addresses";
import { MC } from "./shape";

/** Scratch of one thread: a tile of sums, the addresses of MC rows of x and of out; then what P needs. */
const TILE_BYTES: usize = 192;
const TABLE_BYTES: usize = MC * 4;
/** A panel up to this size is prefetched while the one before it computes; a larger one would evict that one. */
const PREFETCH_BYTES: usize = 65536;
const GEMM_SCRATCH: usize = TILE_BYTES + 2 * TABLE_BYTES;

/** Bytes of one thread's scratch for a product of depth k; it begins at a multiple of 16. */
// @ts-ignore: decorator
@inline
export function gemm_scratch<P>(k: usize): usize {
  return GEMM_SCRATCH + changetype<P>(0).packed_lhs_bytes(k) + changetype<P>(0).unpacked_bytes(k)
    + changetype<P>(0).runs_bytes(k);
}

/**
 * Rows [begin, end) of out, n columns, W [n, segments·k] packed as policy P says. Row i of x and of out is pixel
 * (⌊i/width⌋, i mod width): base + y·row stride + x·pixel stride, all in bytes. A row of x is `segments` runs of k floats,
 * `segmentStride` bytes apart. `scale` and `shift` are [n] or 0.
 */
export function gemm<P>(
  begin: usize, end: usize, width: usize,
  out: usize, outRowStride: usize, outPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize, segments: usize, segmentStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  assert(width > 0, "an image must have a width");
  assert(epilogue >= 0 && epilogue <= LAST_EPILOGUE, "unknown epilogue");
  assert((scratch & 15) == 0, "scratch must begin at a multiple of 16");
  const acc = scratch, lhs = acc + TILE_BYTES, outs = lhs + TABLE_BYTES, packedLhs = outs + TABLE_BYTES;
  const depth = segments * k, mr = changetype<P>(0).mr(), nr = changetype<P>(0).nr();
  const panelBytes = changetype<P>(0).panel_bytes(depth);
  const unpacked = packedLhs + changetype<P>(0).packed_lhs_bytes(depth);
  const list = unpacked + changetype<P>(0).unpacked_bytes(depth);
  const block = block_rows(end - begin, mr), computed = changetype<P>(0).epilogue_of(epilogue);
  // LOOP 3: rows in blocks of at most MC
  for (let first = begin; first < end; first += block) {
    const count = min(block, end - first), copies = changetype<P>(0).copies_panel(depth, count);
    pixel_addresses(lhs, x, xRowStride, xPixelStride, width, first, count, mr);
    changetype<P>(0).pack_lhs(lhs, count, depth, packedLhs);
    pixel_addresses(outs, out, outRowStride, outPixelStride, width, first, count, mr);
    let packed = w;
    // LOOP 2: panels of nr columns
    for (let j: usize = 0; j < n; j += nr, packed += panelBytes) {
      const panel = copies
        ? copy_panel(unpacked, packed, panelBytes)
        : changetype<P>(0).unpack_panel(packed, depth, unpacked);
      const runs = changetype<P>(0).find_runs(panel, depth, count, list);
      const cols = min(nr, n - j), offset = j << 2;
      const s = scale ? scale + offset : ONES, b = shift ? shift + offset : ZEROS;
      const next = packed + panelBytes, prefetches = !copies && j + nr < n && panelBytes <= PREFETCH_BYTES;
      const prefetchEnd = prefetches ? next + panelBytes : next;
      if (changetype<P>(0).is_integer()) {
        macro_kernel<IntegerPanel>(
          acc, lhs, outs, count, panel, k, segments, segmentStride, computed, cols, offset, s, b, next, prefetchEnd,
          runs,
        );
      } else {
        macro_kernel<FloatPanel>(
          acc, lhs, outs, count, panel, k, segments, segmentStride, computed, cols, offset, s, b, next, prefetchEnd,
          runs,
        );
      }
    }
  }
}

/**
 * One unpacked panel times all rows of a block: `lhs` and `outs` are the tables of their addresses, `offset` the byte of the
 * panel's first column in a row of out, `runs` the list of joined_steps.ts or 0. On the way, it prefetches the bytes from
 * `prefetch` to `prefetchEnd`. All formats that unpack to the same layout share one instance.
 */
function macro_kernel<P>(
  acc: usize, lhs: usize, outs: usize, count: usize, panel: usize, k: usize, segments: usize, segmentStride: usize,
  epilogue: i32, cols: usize, offset: usize, scale: usize, shift: usize, prefetch: usize, prefetchEnd: usize,
  runs: usize,
): void {
  const mr = changetype<P>(0).mr(), nr = changetype<P>(0).nr(), integer = changetype<P>(0).is_integer();
  const full = cols == nr && has_full_store(epilogue, integer);
  const share = ((prefetchEnd - prefetch) * mr / count + 63) & ~63;
  // LOOP 1: micro-tiles of mr rows
  for (let i: usize = 0; i < count; i += mr, prefetch += share) {
    prefetch_lines(acc, prefetch, min(prefetch + share, prefetchEnd));
    changetype<P>(0).microkernel(acc, lhs + (i << 2), panel, k, segments, segmentStride, runs);
    const rows = min(mr, count - i), row = outs + (i << 2);
    if (full) store_full_tile(epilogue, integer, acc, nr, rows, row, offset, scale, shift);
    else store_tile(epilogue, acc, nr, rows, cols, row, offset, scale, shift);
  }
}

/** Copies a panel to where the panel before it was copied: one run through distant memory, into lines that the caches hold. */
// @ts-ignore: decorator
@inline
function copy_panel(to: usize, from: usize, bytes: usize): usize {
  memory.copy(to, from, bytes);
  return to;
}

/** Loads one byte of every cache line of [at, end); WebAssembly has no prefetch. The store to `sink` keeps the loads alive. */
// @ts-ignore: decorator
@inline
function prefetch_lines(sink: usize, at: usize, end: usize): void {
  let any: u32 = 0;
  // cache lines of 64 bytes
  for (; at < end; at += 64) any |= load<u8>(at);
  store<u32>(sink, any);
}

/** Rows of a block: as few blocks of at most MC as possible, all of one size, in whole tiles. */
// @ts-ignore: decorator
@inline
function block_rows(rows: usize, mr: usize): usize {
  const blocks = (rows + MC - 1) / MC;
  return blocks == 0 ? MC : ((rows + blocks - 1) / blocks + mr - 1) / mr * mr;
}
