// The shape of the register tile, in output rows × output columns. Chosen in bench/lab, whose README has the table.

/** Rows of a tile. */
export const MR: usize = 4;
/** Columns of a tile, and rows of W that one packed panel holds side by side. */
export const NR: usize = 8;
/** Rows that go through all panels before the next rows do; their inputs stay in the second-level cache. */
export const MC: usize = 256;
