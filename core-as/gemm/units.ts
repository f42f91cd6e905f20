// What threads share of a linear layer. Whole tiles of rows would not do: 197 rows are 33 tiles of six, and two threads
// would take 17 and 16. A unit is a part of the columns of one tile, the parts of a tile behind each other.
import { MR, MR_Q8 } from "./shape";

/** Parts of a tile's columns. */
export const PARTS: usize = 4;

/** The first column of a part, a whole number of panels of `nr`. */
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
