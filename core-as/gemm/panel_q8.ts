import { COLUMNS_BYTES, PACKED_STEP, STEP, packed_values_bytes, values_bytes } from "./layout_q8";
import { IntegerPanel } from "./policy";

/** Weights of 8 bits, laid out as layout_q8.ts says. */
@unmanaged
export class Q8Panel extends IntegerPanel {
  @inline panel_bytes(k: usize): usize { return packed_values_bytes(k) + COLUMNS_BYTES; }
  @inline unpacked_bytes(k: usize): usize { return STEP == PACKED_STEP ? 0 : values_bytes(k) + COLUMNS_BYTES; }
  @inline unpack_panel(panel: usize, k: usize, scratch: usize): usize {
    return STEP == PACKED_STEP ? panel : widen_panel(panel, k, scratch);
  }
}

/** Bytes to 16-bit lanes, for the strict build; scales and sums as they are. */
// @ts-ignore: decorator
@inline
function widen_panel(panel: usize, k: usize, scratch: usize): usize {
  let to = scratch;
  // one group of all columns
  for (const end = panel + packed_values_bytes(k); panel < end; panel += PACKED_STEP, to += STEP) {
    v128.store(to, v128.load8x8_s(panel));
    v128.store(to, v128.load8x8_s(panel, 8), 16);
  }
  memory.copy(to, panel, COLUMNS_BYTES);
  return scratch;
}
