// Smoothing between blocks, as libjpeg-turbo does for progressive files whose AC coefficients never all arrive: a coefficient
// that is still zero and not known in full is estimated from the first coefficients of 5 × 5 blocks.
import { component } from "./component";
import { inverse_dct, is_corner } from "./idct";
import { scan } from "./scan";

const ESTIMATED: usize = 9;
/** Weights of 5 × 5 blocks, row by row, for each estimate where no AC coefficient is known; the last is for the first coefficient. */
const ALONE: usize = memory.data<i16>([
  -1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1,
  -1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1,
  0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0,
  -1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1,
  0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0,
  -2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 152, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6, -2,
]);
/** The same where some are known: the first five estimates alone. */
const AMONG_OTHERS: usize = memory.data<i16>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0,
  0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0,
  0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);
/** Where the estimated coefficients are stored, in bytes of i16 in rows. */
const PLACES: usize = memory.data<u8>([2, 16, 32, 18, 4, 6, 20, 34, 48]);

/** i32 [4 components, 2, 10]: how many low bits of each coefficient are not known (−1: none of it), and before the last scan. */
const precision: usize = memory.data(4 * 80, 16);
const neighbors: usize = memory.data(4 * 25, 16);
const rowsAround: usize = memory.data(4 * 5, 16);
const block: usize = memory.data(128, 16);
const enabled: usize = memory.data(4, 4);

/** Where the precision of component `i` is kept: i32 [2, 10], low bits not known after the last scan and before it, −1 for all. */
export function jpeg_precision(i: usize): usize {
  return precision + i * 80;
}

/** Switches smoothing on or off. */
export function jpeg_smooth(on: bool): void {
  store<u32>(enabled, on);
}

// @ts-ignore: decorator
@inline
export function is_smoothed(): bool {
  return load<u32>(enabled) != 0;
}

/** Samples of block row `y` in row `row` of the MCUs, of `rows`, of component `i`. */
export function smooth_row(i: usize, row: usize, y: usize, rows: usize, out: usize): void {
  const c = component(i), known = precision + i * 80 + (row > scan.lastGoodRow ? 40 : 0);
  const here = c.coefficients + ((row * c.v + y) * c.blocksX << 7);
  find_rows(here, c.blocksX << 7, row, y, row + 1 < rows || c.high % c.v == 0 ? c.v : c.high % c.v, rows);
  const alone = knows_nothing(known), estimates = alone ? ESTIMATED : 5;
  for (let x: usize = 0; x < c.wide; ++x, out += 8) {
    memory.copy(block, here + (x << 7), 128);
    gather(x, c.wide - 1);
    for (let k: usize = 0; k < estimates; ++k) {
      const unknown = load<i32>(known + (k + 1 << 2)), place = block + load<u8>(PLACES + k);
      if (unknown == 0 || load<i16>(place)) continue;
      const sum = weigh((alone ? ALONE : AMONG_OTHERS) + k * 50) * <i64>load<u16>(c.quantization);
      store<i16>(place, estimate(sum, load<u16>(c.quantization + load<u8>(PLACES + k)), unknown));
    }
    const first = <i64>load<u16>(c.quantization);
    if (alone) store<i16>(block, estimate(weigh(ALONE + ESTIMATED * 50) * first, first, 0));
    inverse_dct(block, is_corner(block), c.quantization, out, c.stride);
  }
}

/** The two rows of blocks above and below; which ones count at the edges is libjpeg's count. */
function find_rows(here: usize, step: usize, row: usize, y: usize, blockRows: usize, rows: usize): void {
  const at = row * blockRows + y, all = rows * blockRows;
  const above = at > 0 ? here - step : here, below = at + 1 < all ? here + step : here;
  store<u32>(rowsAround, <u32>(at > 1 ? here - 2 * step : above));
  store<u32>(rowsAround, <u32>above, 4);
  store<u32>(rowsAround, <u32>here, 8);
  store<u32>(rowsAround, <u32>below, 12);
  store<u32>(rowsAround, <u32>(at + 2 < all ? here + 2 * step : below), 16);
}

function knows_nothing(known: usize): bool {
  for (let k: usize = 1; k <= ESTIMATED; ++k) if (load<i32>(known + (k << 2)) != -1) return false;
  return true;
}

/** The first coefficients around block x, which the last block repeats beyond the edge. */
function gather(x: isize, last: isize): void {
  for (let y: usize = 0; y < 5; ++y) {
    const row = load<u32>(rowsAround + (y << 2));
    for (let d: isize = -2; d <= 2; ++d) {
      const column = min(max(x + d, 0), last);
      store<i32>(neighbors + (y * 5 + d + 2 << 2), load<i16>(<usize>row + (<usize>column << 7)));
    }
  }
}

function weigh(weights: usize): i64 {
  let sum: i32 = 0;
  for (let i: usize = 0; i < 25; ++i) sum += <i32>load<i16>(weights + (i << 1)) * load<i32>(neighbors + (i << 2));
  return sum;
}

/** sum / (256 · step), rounded, of no more bits than are unknown. */
function estimate(sum: i64, step: i64, unknown: i32): i16 {
  let size = <i32>(((step << 7) + (sum < 0 ? -sum : sum)) / (step << 8));
  if (unknown > 0 && size >= <i32>1 << unknown) size = (<i32>1 << unknown) - 1;
  return <i16>(sum < 0 ? -size : size);
}
