// The frame header (RFC 6386, sections 9 and 19.2): what it says is kept here for the whole frame.
import { reserve, reserve_zeros } from "../memory";
import { DATA_END, NO_MEMORY, PARTITION, fail } from "../failure";
import { BOOL_DECODER_BYTES, ENDED, bool_start, read_bool, read_literal, read_optional } from "./bool_decoder";
import { AC_STEPS, COEFFICIENT_UPDATE_PROBABILITIES, DC_STEPS, DEFAULT_COEFFICIENT_PROBABILITIES } from "./tables";

/** The frame tag, the start code and the two sizes. */
const TAG_BYTES: usize = 10;
const PROBABILITIES = 4 * 8 * 3 * 11;
/** For each of 4 segments: steps of Y, Y2 and chroma, DC and AC, 16 bits each. */
export const STEPS_BYTES: usize = 16;
export const Y_STEPS = 0, Y2_STEPS = 4, CHROMA_STEPS = 8;
/** For each segment, without and with subblock modes: limit of inner edges (0: no filter), interior limit, threshold. */
export const FILTER_BYTES: usize = 4;
export const EDGE_LIMIT = 0, INTERIOR_LIMIT = 1, HEV_THRESHOLD = 2;

export let first_partition: usize = 0;
export let coefficient_probabilities: usize = 0;
export let segment_probabilities: usize = 0;
export let has_segment_map: bool = false;
export let skip_probability: i32 = 0; // 0: every macroblock has coefficients
export let simple_filter: bool = false;
export let filters: usize = 0; // [segment 4][whole block, subblocks][FILTER_BYTES]
export let steps: usize = 0; // [segment 4][STEPS_BYTES]

let partitions: usize = 0;
let partition_mask: u32 = 0;
let has_segments: bool = false, absolute: bool = false;
let segment_numbers: usize = 0; // i8 [quantizer 4][filter level 4]
let filter_level: i32 = 0, sharpness: i32 = 0, reference_delta: i32 = 0, subblock_delta: i32 = 0;

/** The coefficients' decoder for a row of macroblocks. */
export function partition_of(row: u32): usize {
  return partitions + <usize>(row & partition_mask) * BOOL_DECODER_BYTES;
}

/** Reads the header of the frame in [from, end), whose tag the host has checked; false if it is cut short. */
export function read_header(from: usize, end: usize): bool {
  const tag = <u32>load<u16>(from) | <u32>load<u8>(from, 2) << 16;
  const first_end = from + TAG_BYTES + (tag >> 5);
  if (end < first_end) return fail(PARTITION, from);
  if (!reserve_tables()) return fail(NO_MEMORY, from);
  bool_start(first_partition, from + TAG_BYTES, first_end);
  read_literal(first_partition, 2); // color space, and whether clamping is needed: it is always done
  read_segments();
  read_filter();
  partition_mask = (1 << read_literal(first_partition, 2)) - 1;
  read_steps();
  read_bool(first_partition, 128); // whether the probabilities hold for later frames: there are none
  read_probabilities();
  skip_probability = read_bool(first_partition, 128) ? read_literal(first_partition, 8) | 256 : 0;
  if (load<u32>(first_partition, ENDED)) return fail(DATA_END, first_end);
  return start_partitions(first_end, end);
}

function reserve_tables(): bool {
  first_partition = reserve(BOOL_DECODER_BYTES);
  partitions = reserve(8 * BOOL_DECODER_BYTES);
  coefficient_probabilities = reserve(PROBABILITIES);
  segment_probabilities = reserve(4);
  segment_numbers = reserve_zeros(8);
  filters = reserve(4 * 2 * FILTER_BYTES);
  steps = reserve(4 * STEPS_BYTES);
  return steps != 0;
}

function read_segments(): void {
  has_segment_map = false;
  absolute = true; // segments without numbers are all 0, not the frame's
  has_segments = <bool>read_bool(first_partition, 128);
  if (!has_segments) return;
  has_segment_map = <bool>read_bool(first_partition, 128);
  if (read_bool(first_partition, 128)) {
    absolute = <bool>read_bool(first_partition, 128);
    for (let i = 0; i < 8; ++i) store<i8>(segment_numbers + i, <i8>read_optional(first_partition, i < 4 ? 7 : 6));
  }
  if (!has_segment_map) return;
  for (let i = 0; i < 3; ++i) {
    store<u8>(segment_probabilities + i, read_bool(first_partition, 128) ? read_literal(first_partition, 8) : 255);
  }
}

/** Filter type, level, sharpness, and by how much the level differs in key frames and under subblock modes. */
function read_filter(): void {
  simple_filter = <bool>read_bool(first_partition, 128);
  filter_level = read_literal(first_partition, 6);
  sharpness = read_literal(first_partition, 3);
  reference_delta = subblock_delta = 0;
  const has_deltas = read_bool(first_partition, 128);
  if (has_deltas && read_bool(first_partition, 128)) {
    for (let i = 0; i < 8; ++i) {
      const delta = read_optional(first_partition, 6);
      if (i == 0) reference_delta = delta;
      if (i == 4) subblock_delta = delta;
    }
  }
  for (let i: usize = 0; i < 8; ++i) place_filter(filters + i * FILTER_BYTES, <i32>i >> 1, <i32>i & 1);
}

/** Section 15.2: the limits of one segment; a frame of level 0 has no filter, whatever its segments say. */
function place_filter(to: usize, segment: i32, subblocks: i32): void {
  let level = has_segments ? <i32>load<i8>(segment_numbers + 4 + segment) : filter_level;
  if (has_segments && !absolute) level += filter_level;
  level = clamp(level + reference_delta + (subblocks ? subblock_delta : 0), 63);
  let interior = level >> (sharpness > 4 ? 2 : sharpness > 0 ? 1 : 0);
  if (sharpness > 0) interior = min(interior, 9 - sharpness);
  interior = max(interior, 1);
  store<u8>(to, filter_level && level ? 2 * level + interior : 0, EDGE_LIMIT);
  store<u8>(to, interior, INTERIOR_LIMIT);
  store<u8>(to, level >= 40 ? 2 : level >= 15 ? 1 : 0, HEV_THRESHOLD);
}

// @ts-ignore: decorator
@inline
function clamp(number: i32, most: i32): i32 {
  return max(0, min(most, number));
}

/** Sections 9.6 and 14.1: the step sizes of each segment. */
function read_steps(): void {
  const base = read_literal(first_partition, 7);
  const y_dc = read_optional(first_partition, 4);
  const y2_dc = read_optional(first_partition, 4), y2_ac = read_optional(first_partition, 4);
  const chroma_dc = read_optional(first_partition, 4), chroma_ac = read_optional(first_partition, 4);
  for (let segment: usize = 0; segment < 4; ++segment) {
    const own = <i32>load<i8>(segment_numbers + segment);
    const index = !has_segments ? base : absolute ? own : base + own;
    const to = steps + segment * STEPS_BYTES;
    store<u16>(to, dc_step(index + y_dc), Y_STEPS);
    store<u16>(to, ac_step(index), Y_STEPS + 2);
    store<u16>(to, 2 * dc_step(index + y2_dc), Y2_STEPS);
    store<u16>(to, max(8, ac_step(index + y2_ac) * 155 / 100), Y2_STEPS + 2);
    store<u16>(to, min(132, dc_step(index + chroma_dc)), CHROMA_STEPS);
    store<u16>(to, ac_step(index + chroma_ac), CHROMA_STEPS + 2);
  }
}

function dc_step(index: i32): i32 {
  return load<u8>(DC_STEPS + clamp(index, 127));
}

function ac_step(index: i32): i32 {
  return load<u16>(AC_STEPS + (clamp(index, 127) << 1));
}

function read_probabilities(): void {
  for (let i = 0; i < PROBABILITIES; ++i) {
    const update = read_bool(first_partition, load<u8>(COEFFICIENT_UPDATE_PROBABILITIES + i));
    const probability = update ? read_literal(first_partition, 8) : load<u8>(DEFAULT_COEFFICIENT_PROBABILITIES + i);
    store<u8>(coefficient_probabilities + i, probability);
  }
}

/** Section 9.5: three bytes of size for each partition but the last; one that reaches beyond the data ends with them. */
function start_partitions(from: usize, end: usize): bool {
  let at = from + 3 * partition_mask;
  if (at >= end) return fail(PARTITION, from);
  for (let i: usize = 0; i < partition_mask; ++i, from += 3) {
    const size = <u32>load<u16>(from) | <u32>load<u8>(from, 2) << 16;
    const next = at + min<usize>(size, end - at);
    bool_start(partitions + i * BOOL_DECODER_BYTES, at, next);
    at = next;
  }
  if (at >= end) return fail(PARTITION, from);
  bool_start(partition_of(partition_mask), at, end);
  return true;
}
