// A scan: which blocks it has, in which order, and where it restarts.
import { bits, check_sufficient, follow_mcu } from "./bits";
import { Component, component } from "./component";
import { huffman_table } from "./huffman";
import { decode_ac_first, decode_ac_more, decode_dc_first, decode_dc_more, spectrum } from "./progressive";
import { open_segment, restart } from "./segment";
import { decode_block } from "./sequential";

/** What a scan reads of a block. */
export const SEQUENTIAL: u32 = 0;
const DC_FIRST: u32 = 1;
const DC_MORE: u32 = 2;
const AC_FIRST: u32 = 3;

@unmanaged
export class Scan {
  kind: u32;
  count: usize; // components
  restartInterval: u32; // MCUs, 0 for none
  left: u32; // MCUs until the next restart
  restarts: u32;
  fastBytes: i32; // that libjpeg needs in memory for the fast loop over an MCU
  lastGoodRow: usize; // the last row of MCUs of the frame that had data, in the scan read last
}

export const scan = changetype<Scan>(memory.data(48, 16));
const parts: usize = memory.data(16, 16);

/** The i-th component of the scan. */
// @ts-ignore: decorator
@inline
export function part(i: usize): Component {
  return component(load<u32>(parts + (i << 2)));
}

/** Says that the i-th component of the scan to come is `c`, by the Huffman tables `dc` and `ac`. */
export function jpeg_scan_part(i: usize, c: usize, dc: usize, ac: usize): void {
  store<u32>(parts + (i << 2), <u32>c);
  component(c).dc = huffman_table(dc);
  component(c).ac = huffman_table(4 + ac);
}

/**
 * Begins a scan of `count` components at `at`. Kinds: 0 sequential; progressive 1 first bits of DC, 2 one more bit of DC, 3 and
 * 4 the same of AC coefficients `from` to `to` (in the order of the file), without `low` low bits.
 */
export function jpeg_scan(kind: u32, count: usize, from: usize, to: usize, low: i32, restartInterval: u32, at: usize): void {
  scan.kind = kind;
  scan.count = count;
  scan.restartInterval = scan.left = restartInterval;
  scan.restarts = 0;
  scan.fastBytes = restartInterval ? i32.MAX_VALUE : MOST_BLOCK_BYTES * blocks_in_mcu(count);
  spectrum.from = from;
  spectrum.to = to;
  spectrum.low = low;
  spectrum.endOfBandRun = 0;
  bits.insufficient = false;
  reset_predictions();
  open_segment(at);
}

/** libjpeg's bound for one block. */
const MOST_BLOCK_BYTES: i32 = 512;

function blocks_in_mcu(count: usize): i32 {
  if (count == 1) return 1;
  let blocks: i32 = 0;
  for (let i: usize = 0; i < count; ++i) blocks += <i32>(part(i).h * part(i).v);
  return blocks;
}

function reset_predictions(): void {
  for (let i: usize = 0; i < scan.count; ++i) part(i).prediction = 0;
}

/** Before every MCU. Returns whether it has data. */
// @ts-ignore: decorator
@inline
export function begin_mcu(row: usize): bool {
  if (!bits.insufficient) scan.lastGoodRow = row;
  if (scan.restartInterval) count_mcu();
  if (bits.cut) follow_mcu(scan.fastBytes);
  return !bits.insufficient;
}

function count_mcu(): void {
  if (scan.left == 0) {
    spectrum.endOfBandRun = 0;
    restart(scan.restarts++ & 7);
    reset_predictions();
    scan.left = scan.restartInterval;
  }
  --scan.left;
}

/** Reads rows [begin, end) of a scan into the coefficients: rows of MCUs, or of blocks where it has one component. */
export function jpeg_scan_rows(begin: usize, end: usize, columns: usize): void {
  for (let row = begin; row < end && !bits.suspended; ++row) {
    if (scan.count == 1) scan_blocks(part(0), row);
    else for (let column: usize = 0; column < columns; ++column) scan_mcu(row, column);
  }
}

/** A scan of one component goes over its own blocks, without the padding to whole MCUs. */
function scan_blocks(c: Component, row: usize): void {
  const mcuRow = row / c.v;
  let block = c.coefficients + (row * c.blocksX << 7);
  for (let x: usize = 0; x < c.wide; ++x, block += 128) if (begin_mcu(mcuRow)) decode(c, block);
}

/** A scan of several goes over MCUs, each with h × v blocks of every component. */
function scan_mcu(row: usize, column: usize): void {
  if (!begin_mcu(row)) return;
  for (let i: usize = 0; i < scan.count; ++i) {
    const c = part(i);
    for (let y: usize = 0; y < c.v; ++y) {
      const line = c.coefficients + ((row * c.v + y) * c.blocksX + column * c.h << 7);
      for (let x: usize = 0; x < c.h; ++x) decode(c, line + (x << 7));
    }
  }
}

function decode(c: Component, block: usize): void {
  const kind = scan.kind;
  if (kind == SEQUENTIAL) c.prediction += <i32>(decode_block(block, c.prediction, c.dc, c.ac) >> 32);
  else if (kind == DC_FIRST) c.prediction += decode_dc_first(block, c.prediction, c.dc);
  else if (kind == DC_MORE) decode_dc_more(block);
  else if (kind == AC_FIRST) {
    if (spectrum.endOfBandRun) --spectrum.endOfBandRun;
    else decode_ac_first(block, c.ac);
  } else decode_ac_more(block, c.ac);
  check_sufficient();
}
