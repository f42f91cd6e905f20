// How threads share a linear layer. Tiles of rows alone would not do: 197 rows are 33 tiles of six, and two threads would take
// 17 and 16, each of them unpacking every panel. A unit is one tile of rows in one part of the columns, and all tiles of a part
// come before the next part: two or four threads then have all rows, and panels of their own.

/** Parts of the columns. */
const PARTS: usize = 4;

/** The first column of a part, a whole number of panels of `nr`; of part PARTS, the end of the last panel. */
// @ts-ignore: decorator
@inline
export function part_begin(part: usize, n: usize, nr: usize): usize {
  return (n + nr - 1) / nr * part / PARTS * nr;
}

/** Units of a layer over so many rows, in tiles of `mr`. */
// @ts-ignore: decorator
@inline
export function units_of(rows: usize, mr: usize): usize {
  return (rows + mr - 1) / mr * PARTS;
}
