// The shape of the register tile, in output rows × output columns, chosen by measurement: bench/lab/README.md.
// Engines with relaxed SIMD keep 3 × 12 in 15 registers; Node 20, which needs the strict build, spills it.

/** Rows of a tile. */
export const MR: usize = ASC_FEATURE_RELAXED_SIMD ? 3 : 2;
/** Columns of a tile, and rows of W that one packed panel holds side by side. */
export const NR: usize = ASC_FEATURE_RELAXED_SIMD ? 12 : 16;
/** Rows that go through all panels before the next rows do; a multiple of MR. */
export const MC: usize = 252;
