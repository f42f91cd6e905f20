// The shapes of the micro-tiles, in output rows × output columns, chosen by measurement: bench/lab/README.md.
// Engines with relaxed SIMD keep 3 × 12 in 15 registers; Node 20, which needs the strict build, spills it. A fused product needs
// no register of its own, so that 6 × 8 fits, too, and V8 can join its two vectors; on ARM, where each input is spread by an
// instruction, twelve columns stay the better choice.
import { FUSED } from "../simd/lanes";
import { form, Form } from "./forms";

/** Rows of a micro-tile of f32. */
// @ts-ignore: decorator
@inline
export function mr_f32(): usize {
  if (FUSED) return form == Form.lanes ? 3 : 6;
  return ASC_FEATURE_RELAXED_SIMD ? 3 : 2;
}

/** Columns of a micro-tile of f32, and rows of W that one packed panel holds side by side. */
// @ts-ignore: decorator
@inline
export function nr_f32(): usize {
  if (FUSED) return form == Form.lanes ? 12 : 8;
  return ASC_FEATURE_RELAXED_SIMD ? 12 : 16;
}

/** The same of the integer tiles. */
export const MR_Q8: usize = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
export const NR_Q8: usize = 8;
/** Rows of a block, which goes through all panels before the next block does (LOOP 3); a multiple of MR and MR_Q8. */
export const MC: usize = 204;
