// Weights of 4 bits that compute as q8: 32 neighbours along k share an integer factor m in −127…127, and each is one of
// 16 levels, q = (m·LEVEL[code] + 32) >> 6; w ≈ scale·q with one scale a row of W. So a panel opens to the integers of a
// q8 panel, exactly. A packed panel is [⌈k/32⌉, 8, 16] of codes (byte p holds values p and 16 + p), [⌈k/32⌉, 8] of
// factors, 8 scales and 8 sums Σq: 17/32 byte a weight.
import { GROUP, row_bytes } from "./quantized_lhs";
import { BLOCK, block_sum, level, levels_of, put_block } from "./codebook_q4";
import { COLUMNS_BYTES, Q8_LARGEST, STEP, inverse_of, largest_of, quantize_block, values_bytes } from "./panel_q8";
import { integer_epilogue } from "./epilogue";
import { MC, MR_Q8, NR_Q8 } from "./shape";
import { tile_q8 } from "./microkernel_q8";

@unmanaged
export class Q4Panel {
  @inline mr(): usize { return MR_Q8; }
  @inline nr(): usize { return NR_Q8; }
  @inline panel_bytes(k: usize): usize { return codes_bytes(k) / 16 * 17 + COLUMNS_BYTES; }
  @inline rows_bytes(k: usize): usize { return MC * row_bytes(k); }
  @inline ending(epilogue: i32): i32 { return integer_epilogue(epilogue); }
  @inline rows(ins: usize, count: usize, k: usize, to: usize): void { quantize_block(ins, count, k, to); }
  @inline open(panel: usize, k: usize, scratch: usize): usize { return open_q4(panel, k, scratch); }
  @inline tile(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
    tile_q8<u8>(acc, NR_Q8 << 2, rows, panel, panel + values_bytes(k));
  }
}

/** Bytes of an opened panel, whole blocks. */
// @ts-ignore: decorator
@inline
export function opened_bytes(k: usize): usize {
  return codes_bytes(k) / 16 * (BLOCK / GROUP) * 4 + COLUMNS_BYTES;
}

/** Unpacks a panel to the layout of panel_q8.ts. What lies beyond k in the last block gives way to scales and sums. */
function open_q4(panel: usize, k: usize, scratch: usize): usize {
  let factors = panel + codes_bytes(k), to = scratch;
  for (const end = factors; panel < end; to += STEP * (BLOCK / GROUP)) {
    for (let j: usize = 0; j < NR_Q8; ++j, panel += 16, ++factors) {
      const values = levels_of(load<i8>(factors)), codes = v128.load(panel);
      const low = i8x16.swizzle(values, v128.and(codes, i8x16.splat(15)));
      const high = i8x16.swizzle(values, i8x16.shr_u(codes, 4));
      scatter(to + (j << 2), low);
      scatter(to + (j << 2) + STEP * (16 / GROUP), high);
    }
  }
  memory.copy(scratch + values_bytes(k), factors, COLUMNS_BYTES);
  return scratch;
}

/** Sixteen neighbours along k of one column to their groups. */
// @ts-ignore: decorator
@inline
function scatter(to: usize, v: v128): void {
  if (GROUP == 4) {
    scatter_4(to, v);
  } else {
    scatter_4(to, i16x8.extend_low_i8x16_s(v));
    scatter_4(to + 4 * STEP, i16x8.extend_high_i8x16_s(v));
  }
}

// @ts-ignore: decorator
@inline
function scatter_4(to: usize, v: v128): void {
  v128.store32_lane(to, v, 0); v128.store32_lane(to, v, 1, STEP);
  v128.store32_lane(to, v, 2, 2 * STEP); v128.store32_lane(to, v, 3, 3 * STEP);
}

/** Quantises rows [begin, end) from src [end − begin, k]. */
export function pack_rows_q4(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  for (let row = begin; row < end; ++row, src += k << 2) {
    const largest = largest_of(src, k), inverse = inverse_of(largest);
    let sum = 0;
    for (let p: usize = 0; p < k; p += BLOCK) {
      sum += put_block(code_at(w, row, p, k), factor_at(w, row, p, k), src + (p << 2), min(BLOCK, k - p), inverse);
    }
    store<f32>(scale_of(w, row, k), largest / Q8_LARGEST);
    store<i32>(scale_of(w, row, k), sum, NR_Q8 * 4);
  }
  if (end == n) pad_rows_q4(w, n, k);
}

/** Zeros in the columns of the last panel that no row fills. */
function pad_rows_q4(w: usize, n: usize, k: usize): void {
  for (let row = n; row % NR_Q8 != 0; ++row) {
    for (let p: usize = 0; p < k; p += BLOCK) put_block(code_at(w, row, p, k), factor_at(w, row, p, k), 0, 0, 0);
    store<f32>(scale_of(w, row, k), 0);
    store<i32>(scale_of(w, row, k), 0, NR_Q8 * 4);
  }
}

/** Takes rows [begin, end) as unpack_raw_q4 gives them. */
export function pack_raw_q4(
  begin: usize, end: usize, w: usize, bytes: usize, scales: usize, n: usize, k: usize,
): void {
  for (let row = begin; row < end; ++row, scales += 4) {
    let sum = 0;
    for (let p: usize = 0; p < k; p += BLOCK, bytes += 17) {
      memory.copy(code_at(w, row, p, k), bytes, 16);
      store<u8>(factor_at(w, row, p, k), load<u8>(bytes, 16));
      sum += block_sum(code_at(w, row, p, k), load<i8>(bytes, 16));
    }
    store<f32>(scale_of(w, row, k), load<f32>(scales));
    store<i32>(scale_of(w, row, k), sum, NR_Q8 * 4);
  }
  if (end == n) pad_rows_q4(w, n, k);
}

/** Rows [begin, end) as they are kept: 17 bytes a block, its codes and its factor, and a scale a row. */
export function unpack_raw_q4(begin: usize, end: usize, bytes: usize, scales: usize, w: usize, k: usize): void {
  for (let row = begin; row < end; ++row, scales += 4) {
    for (let p: usize = 0; p < k; p += BLOCK, bytes += 17) {
      memory.copy(bytes, code_at(w, row, p, k), 16);
      store<u8>(bytes, load<u8>(factor_at(w, row, p, k)), 16);
    }
    store<f32>(scales, load<f32>(scale_of(w, row, k)));
  }
}

/** Rows [begin, end) as scale·q. */
export function unpack_rows_q4(begin: usize, end: usize, dst: usize, w: usize, k: usize): void {
  for (let row = begin; row < end; ++row) {
    const scale = load<f32>(scale_of(w, row, k));
    for (let p: usize = 0; p < k; ++p, dst += 4) {
      const pair = load<u8>(code_at(w, row, p, k) + p % 16), code = p % BLOCK < 16 ? pair & 15 : pair >>> 4;
      store<f32>(dst, <f32>level(load<i8>(factor_at(w, row, p, k)), code) * scale);
    }
  }
}

/** Bytes of the codes of a panel; where a row's codes and factor of the block of p lie, and its scale. */
// @ts-ignore: decorator
@inline
function codes_bytes(k: usize): usize {
  return (k + BLOCK - 1) / BLOCK * NR_Q8 * 16;
}

// @ts-ignore: decorator
@inline
function panel_of(w: usize, row: usize, k: usize): usize {
  return w + row / NR_Q8 * (codes_bytes(k) / 16 * 17 + COLUMNS_BYTES);
}

// @ts-ignore: decorator
@inline
function code_at(w: usize, row: usize, p: usize, k: usize): usize {
  return panel_of(w, row, k) + (p / BLOCK * NR_Q8 + row % NR_Q8) * 16;
}

// @ts-ignore: decorator
@inline
function factor_at(w: usize, row: usize, p: usize, k: usize): usize {
  return panel_of(w, row, k) + codes_bytes(k) + p / BLOCK * NR_Q8 + row % NR_Q8;
}

// @ts-ignore: decorator
@inline
function scale_of(w: usize, row: usize, k: usize): usize {
  return panel_of(w, row, k) + codes_bytes(k) / 16 * 17 + row % NR_Q8 * 4;
}
