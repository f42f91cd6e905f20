import { BLOCK, levels_of } from "./codebook_q4";
import { codes_bytes, panel_bytes_q4 } from "./layout_q4";
import { COLUMNS_BYTES, STEP, values_bytes } from "./layout_q8";
import { IntegerPanel } from "./policy";
import { GROUP } from "./quantized_lhs";
import { NR_Q8 } from "./shape";

/** Weights of 4 bits, laid out as layout_q4.ts says. */
@unmanaged
export class Q4Panel extends IntegerPanel {
  @inline panel_bytes(k: usize): usize { return panel_bytes_q4(k); }
  /** Whole blocks. */
  @inline unpacked_bytes(k: usize): usize { return codes_bytes(k) / 16 * (BLOCK / GROUP) * 4 + COLUMNS_BYTES; }
  @inline unpack_panel(panel: usize, k: usize, scratch: usize): usize { return unpack_q4(panel, k, scratch); }
}

/** Unpacks a panel to the layout of a q8 panel. What the last block has beyond k is overwritten by scales and sums. */
function unpack_q4(panel: usize, k: usize, scratch: usize): usize {
  let scales = panel + codes_bytes(k), to = scratch;
  // blocks of 32 along k
  for (const end = scales; panel < end; to += STEP * (BLOCK / GROUP)) {
    // columns of the panel: the block of one row of W
    for (let j: usize = 0; j < NR_Q8; ++j, panel += 16, ++scales) {
      const values = levels_of(load<i8>(scales)), codes = v128.load(panel);
      const low = i8x16.swizzle(values, v128.and(codes, i8x16.splat(15)));
      const high = i8x16.swizzle(values, i8x16.shr_u(codes, 4));
      scatter(to + (j << 2), low);
      scatter(to + (j << 2) + STEP * (16 / GROUP), high);
    }
  }
  memory.copy(scratch + values_bytes(k), scales, COLUMNS_BYTES);
  return scratch;
}

/** Sixteen neighbors along k of one column to their groups. */
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
