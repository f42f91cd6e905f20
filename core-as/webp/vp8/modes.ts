// Prediction modes of a macroblock (RFC 6386, sections 8, 10 and 11).
import { reserve } from "../memory";
import { read_bool, read_tree } from "./bool_decoder";
import { first_partition, has_segment_map, segment_probabilities, skip_probability } from "./header";
import { SUBBLOCK_MODE_PROBABILITIES } from "./tables";

export const DC_PRED: u8 = 0, V_PRED: u8 = 1, H_PRED: u8 = 2, TM_PRED: u8 = 3, B_PRED: u8 = 4;
export const B_DC_PRED: u8 = 0, B_TM_PRED: u8 = 1, B_VE_PRED: u8 = 2, B_HE_PRED: u8 = 3, B_LD_PRED: u8 = 4,
  B_RD_PRED: u8 = 5, B_VR_PRED: u8 = 6, B_VL_PRED: u8 = 7, B_HD_PRED: u8 = 8, B_HU_PRED: u8 = 9;

const LEAF: u8 = 128;
const SEGMENT_TREE = memory.data<u8>([1, 2, LEAF, LEAF + 1, LEAF + 2, LEAF + 3]);
const LUMA_TREE = memory.data<u8>([LEAF + B_PRED, 1, 2, 3, LEAF + DC_PRED, LEAF + V_PRED, LEAF + H_PRED, LEAF + TM_PRED]);
const LUMA_PROBABILITIES = memory.data<u8>([145, 156, 163, 128]);
const CHROMA_TREE = memory.data<u8>([LEAF + DC_PRED, 1, LEAF + V_PRED, 2, LEAF + H_PRED, LEAF + TM_PRED]);
const CHROMA_PROBABILITIES = memory.data<u8>([142, 114, 183]);
const SUBBLOCK_TREE = memory.data<u8>([
  LEAF + B_DC_PRED, 1, LEAF + B_TM_PRED, 2, LEAF + B_VE_PRED, 3, 4, 6, LEAF + B_HE_PRED, 5, LEAF + B_RD_PRED,
  LEAF + B_VR_PRED, LEAF + B_LD_PRED, 7, LEAF + B_VL_PRED, 8, LEAF + B_HD_PRED, LEAF + B_HU_PRED,
]);
/** The subblock mode that a mode of the whole macroblock means where neighbors look at it. */
const IMPLIED = memory.data<u8>([B_DC_PRED, B_VE_PRED, B_HE_PRED, B_TM_PRED]);

/** Of the macroblock that `read_modes` read last. */
export let segment: i32 = 0;
export let skips: bool = false;
export let luma_mode: i32 = 0;
export let chroma_mode: i32 = 0;
/** [16]: the modes of its subblocks, when `luma_mode` is B_PRED. */
export let subblock_modes: usize = 0;

let above: usize = 0; // modes of the lowest subblocks of the row above: 4 a macroblock
let left: usize = 0; // modes of the rightmost subblocks of the macroblock to the left: 4

/** Outside of the frame all modes are B_DC_PRED. */
export function reserve_modes(columns: u32): bool {
  above = reserve(columns << 2);
  left = reserve(4);
  subblock_modes = reserve(16);
  if (!subblock_modes) return false;
  memory.fill(above, B_DC_PRED, columns << 2);
  return true;
}

/** At the begin of a row of macroblocks. */
export function start_modes_row(): void {
  store<u32>(left, 0x01010101 * B_DC_PRED);
}

/** Reads the modes of the macroblock in `column` of the current row. */
export function read_modes(column: u32): void {
  segment = has_segment_map ? read_segment() : 0;
  skips = skip_probability > 0 && <bool>read_bool(first_partition, skip_probability & 255);
  luma_mode = read_tree(first_partition, LUMA_TREE, LUMA_PROBABILITIES);
  const over = above + (column << 2);
  if (luma_mode == B_PRED) {
    read_subblock_modes(over);
  } else {
    const implied = 0x01010101 * <u32>load<u8>(IMPLIED + luma_mode);
    store<u32>(over, implied);
    store<u32>(left, implied);
  }
  chroma_mode = read_tree(first_partition, CHROMA_TREE, CHROMA_PROBABILITIES);
}

function read_segment(): i32 {
  return read_tree(first_partition, SEGMENT_TREE, segment_probabilities);
}

function read_subblock_modes(over: usize): void {
  for (let i = 0; i < 16; ++i) {
    const up = over + (i & 3), before = left + (i >> 2);
    const probabilities = SUBBLOCK_MODE_PROBABILITIES + (load<u8>(up) * 10 + load<u8>(before)) * 9;
    const mode = read_tree(first_partition, SUBBLOCK_TREE, probabilities);
    store<u8>(subblock_modes + i, mode);
    store<u8>(up, mode);
    store<u8>(before, mode);
  }
}
