// The shapes of the micro-tiles, in output rows × output columns, chosen by measurement: bench/lab/README.md.
// Engines with relaxed SIMD keep 3 × 12 in 15 registers; Node 20, which needs the strict build, spills it. A fused product needs
// no register of its own, so that 6 × 8 fits, too.
import { FUSED } from "../simd/lanes";

/** Rows of a micro-tile. */
export const MR: usize = FUSED ? 6 : ASC_FEATURE_RELAXED_SIMD ? 3 : 2;
/** Columns of a micro-tile, and rows of W that one packed panel holds side by side. */
export const NR: usize = FUSED ? 8 : ASC_FEATURE_RELAXED_SIMD ? 12 : 16;
/** The same for the integer tiles. */
export const MR_Q8: usize = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
export const NR_Q8: usize = 8;
/** Rows of a block, which goes through all panels before the next block does (LOOP 3); a multiple of MR and MR_Q8. */
export const MC: usize = 204;
