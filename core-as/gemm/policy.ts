// What gemm.ts asks of a format of packed weights. A policy is never instantiated: it is the type parameter P, and
// `changetype<P>(0).mr()` is a call that the compiler inlines. Formats that unpack to the same panel share all but its layout.
import { integer_epilogue } from "./epilogue";
import { form, Form } from "./forms";
import { find_runs, runs_bytes } from "./joined_steps";
import { microkernel_f32 } from "./microkernel_f32";
import { microkernel_q8 } from "./microkernel_q8";
import { values_bytes } from "./layout_q8";
import { pack_lhs_q8 } from "./quantize_lhs";
import { quantized_row_bytes } from "./quantized_lhs";
import { MC, mr_f32, MR_Q8, nr_f32, NR_Q8 } from "./shape";

/** The contract. Sizes are in bytes, `k` is the depth of the product. */
@unmanaged
export abstract class PanelPolicy {
  /** Rows of a micro-tile. */
  abstract mr(): usize;
  /** Columns of a micro-tile and of a panel. */
  abstract nr(): usize;
  /** Whether the micro-kernel computes in integers, on rows that `pack_lhs` quantized. */
  abstract is_integer(): bool;
  /** Size of a packed panel. */
  abstract panel_bytes(k: usize): usize;
  /** Size of the scratch buffer that `unpack_panel`, or the copy of a panel, needs. */
  abstract unpacked_bytes(k: usize): usize;
  /** Size of a packed block of MC rows of the LHS. */
  abstract packed_lhs_bytes(k: usize): usize;
  /** Whether a panel is copied to the scratch buffer first, when so many rows read it. */
  abstract copies_panel(k: usize, rows: usize): bool;
  /** The epilogue that is computed for the one that was asked for. */
  abstract epilogue_of(epilogue: i32): i32;
  /** Packs `count` rows of the LHS, whose addresses are in the table `rows`, into `to`, and updates the table. */
  abstract pack_lhs(rows: usize, count: usize, k: usize, to: usize): void;
  /** The address of the panel as the micro-kernel reads it: `panel` itself, or `scratch`. */
  abstract unpack_panel(panel: usize, k: usize, scratch: usize): usize;
  /** Size of the list of an unpacked panel that `find_runs` writes. */
  abstract runs_bytes(k: usize): usize;
  /** The list of joined_steps.ts for so many rows, written to `to`; 0 where steps are not joined. */
  abstract find_runs(panel: usize, k: usize, rows: usize, to: usize): usize;
  /** acc[mr, nr] = the sums of one tile; see {@link microkernel_f32} for the arguments, `find_runs` for `runs`. */
  abstract microkernel(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, segmentStride: usize, runs: usize): void;
}

/** Formats that unpack to f32 [k, NR]. The LHS is read where it is. */
@unmanaged
export abstract class FloatPanel extends PanelPolicy {
  @inline mr(): usize { return mr_f32(); }
  @inline nr(): usize { return nr_f32(); }
  @inline is_integer(): bool { return false; }
  @inline packed_lhs_bytes(k: usize): usize { return 0; }
  @inline epilogue_of(epilogue: i32): i32 { return epilogue; }
  @inline pack_lhs(rows: usize, count: usize, k: usize, to: usize): void {}
  @inline runs_bytes(k: usize): usize { return 0; }
  @inline find_runs(panel: usize, k: usize, rows: usize, to: usize): usize { return 0; }
  @inline microkernel(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, segmentStride: usize, runs: usize): void {
    microkernel_f32(acc, rows, panel, k, segments, segmentStride);
  }
}

/** Formats that unpack to the integers of panel_q8.ts. The LHS is quantized row by row. */
@unmanaged
export abstract class IntegerPanel extends PanelPolicy {
  @inline mr(): usize { return MR_Q8; }
  @inline nr(): usize { return NR_Q8; }
  @inline is_integer(): bool { return true; }
  @inline packed_lhs_bytes(k: usize): usize { return MC * quantized_row_bytes(k); }
  @inline copies_panel(k: usize, rows: usize): bool { return false; }
  @inline epilogue_of(epilogue: i32): i32 { return integer_epilogue(epilogue); }
  @inline pack_lhs(rows: usize, count: usize, k: usize, to: usize): void { pack_lhs_q8(rows, count, k, to); }
  @inline runs_bytes(k: usize): usize { return ASC_FEATURE_RELAXED_SIMD ? runs_bytes(k) : 0; }
  @inline find_runs(panel: usize, k: usize, rows: usize, to: usize): usize {
    return ASC_FEATURE_RELAXED_SIMD && form == Form.pairs ? find_runs(panel, panel + values_bytes(k), rows, to) : 0;
  }
  @inline microkernel(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, segmentStride: usize, runs: usize): void {
    microkernel_q8<u8>(acc, NR_Q8 << 2, rows, panel, panel + values_bytes(k), runs);
  }
}
