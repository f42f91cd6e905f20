// The five filters of PNG: to each byte its prediction is added, from a (the pixel before), b (above) and c (above a). Rows have
// 16 bytes before and behind them; those before are 0.

/** `out` = the row at `row` of n bytes, unfiltered; `above` is the row before it. Returns whether the filter exists. */
export function unfilter(kind: u32, row: usize, above: usize, out: usize, n: usize, pixel: usize): bool {
  if (kind == 0) memory.copy(out, row, n);
  else if (kind == 2) add_above(row, above, out, n);
  else if (kind > 4) return false;
  else if (pixel == 4) pixels<u32>(kind, row, above, out, n, 4);
  else if (pixel == 3) pixels<u32>(kind, row, above, out, n, 3);
  else if (pixel == 8) pixels<u64>(kind, row, above, out, n, 8);
  else if (pixel == 6) pixels<u64>(kind, row, above, out, n, 6);
  else bytes(kind, row, above, out, n, pixel);
  return true;
}

function add_above(row: usize, above: usize, out: usize, n: usize): void {
  for (let i: usize = 0; i < n; i += 16) v128.store(out + i, i8x16.add(v128.load(row + i), v128.load(above + i)));
}

// @ts-ignore: decorator
@inline
function load_pixel<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_zero(at) : v128.load64_zero(at);
}

/** Filters 1, 3 and 4, a pixel at a time; what a store writes behind its pixel the next one overwrites. */
// @ts-ignore: decorator
@inline
function pixels<T>(kind: u32, row: usize, above: usize, out: usize, n: usize, pixel: usize): void {
  const end = row + n;
  let a = i32x4.splat(0);
  if (kind == 1) {
    for (; row < end; row += pixel, out += pixel) {
      a = i8x16.add(a, load_pixel<T>(row));
      store_pixel<T>(out, a);
    }
  } else if (kind == 3) {
    for (; row < end; row += pixel, above += pixel, out += pixel) {
      const b = load_pixel<T>(above);
      // the average, rounded down
      const mean = i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), i8x16.splat(1)));
      a = i8x16.add(mean, load_pixel<T>(row));
      store_pixel<T>(out, a);
    }
  } else {
    let c = i32x4.splat(0);
    for (; row < end; row += pixel, above += pixel, out += pixel) {
      const b = i16x8.extend_low_i8x16_u(load_pixel<T>(above)), x = load_pixel<T>(row);
      const toA = i16x8.sub(b, c), toB = i16x8.sub(a, c);
      const nearA = i16x8.abs(toA), nearB = i16x8.abs(toB), nearC = i16x8.abs(i16x8.add(toA, toB));
      const least = i16x8.min_s(nearC, i16x8.min_s(nearA, nearB));
      const other = v128.bitselect(b, c, i16x8.eq(nearB, least));
      const nearest = v128.bitselect(a, other, i16x8.eq(nearA, least));
      const sum = i8x16.add(i8x16.narrow_i16x8_u(nearest, nearest), x);
      store_pixel<T>(out, sum);
      a = i16x8.extend_low_i8x16_u(sum);
      c = b;
    }
  }
}

// @ts-ignore: decorator
@inline
function store_pixel<T>(at: usize, pixel: v128): void {
  if (sizeof<T>() == 4) v128.store32_lane(at, pixel, 0);
  else v128.store64_lane(at, pixel, 0);
}

/** Filters 1, 3 and 4, a byte at a time. */
function bytes(kind: u32, row: usize, above: usize, out: usize, n: usize, pixel: usize): void {
  for (let i: usize = 0; i < n; ++i) {
    const a = <i32>load<u8>(out + i - pixel), b = <i32>load<u8>(above + i), c = <i32>load<u8>(above + i - pixel);
    const predicted = kind == 1 ? a : kind == 3 ? (a + b) >> 1 : paeth(a, b, c);
    store<u8>(out + i, <u8>(predicted + <i32>load<u8>(row + i)));
  }
}

/** Of a, b and c the one nearest to a + b − c, ties in that order. */
function paeth(a: i32, b: i32, c: i32): i32 {
  const toA = abs(b - c), toB = abs(a - c), toC = abs(a + b - 2 * c);
  return toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
}
