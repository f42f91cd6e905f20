// What threads share of a linear layer. Whole tiles of rows would not do: 197 rows are 33 tiles of six, and two threads
// would take 17 and 16, each of them opening every panel. A unit is one tile of rows in one part of the columns; all
// tiles of a part come before the next part, so that two or four threads have all rows and panels of their own.
import { MR, MR_Q8 } from "./shape";

/** Parts of the columns. */
const PARTS: usize = 4;

/** The first column of a part, a whole number of panels of `nr`; of part PARTS, where the last panel ends. */
// @ts-ignore: decorator
@inline
export function part_begin(part: usize, n: usize, nr: usize): usize {
  return (n + nr - 1) / nr * part / PARTS * nr;
}

/** Units of a layer of floating-point weights over so many rows. */
export function linear_units_f32(rows: usize): usize {
  return (rows + MR - 1) / MR * PARTS;
}

/** Units of a layer of integers. */
export function linear_units_q8(rows: usize): usize {
  return (rows + MR_Q8 - 1) / MR_Q8 * PARTS;
}
