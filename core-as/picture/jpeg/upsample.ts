// How a component becomes as large as the picture, as libjpeg does by default: by 2 with a triangle filter ("fancy
// upsampling": each sample is ¾ of the nearer and ¼ of the farther neighbor), by other factors by repeating samples.
import { Component } from "./component";

/**
 * A row of the component as wide as the picture: row y of the MCU row, −1 for the last of the MCU row before. Rows at and
 * beyond `lastRow`, counted in the component's own samples of this MCU row, are the last. The row may be read 16 bytes too far.
 */
export function picture_row(c: Component, y: i32, lastRow: i32): usize {
  const fx = <i32>c.factorX, fy = <i32>c.factorY;
  const near = y < 0 ? -1 : y / fy;
  const here = row_at(c, near);
  if (fx == 1 && fy == 1) return here;
  const smooth = fx == 2 && fy <= 2 && c.width > 2;
  const farRow = y < 0 || (y & 1) == 1 ? min(near + 1, lastRow) : near - 1;
  if (fx == 1 && fy == 2) {
    blend(c.line, here, row_at(c, farRow), c.width, y & 1 ? 2 : 1);
    return c.line;
  }
  if (!smooth) {
    repeat(c.line, here, c.width, fx);
    return c.line;
  }
  // the sums are stored after the line
  const sums = c.line + (c.width << 1) + 48;
  if (fy == 1) {
    extend(sums, here, c.width);
    widen(c.line, sums, c.width, 1, 2);
  } else {
    add_rows(sums, here, row_at(c, farRow), c.width);
    widen(c.line, sums, c.width, 8, 4);
  }
  return c.line;
}

// @ts-ignore: decorator
@inline
function row_at(c: Component, y: i32): usize {
  return c.samples + <usize>(y + 1) * c.stride;
}

/** out = (3·near + far + bias) >> 2. */
function blend(out: usize, near: usize, far: usize, width: usize, bias: i16): void {
  for (const end = out + width; out < end; out += 16, near += 16, far += 16) {
    const n = v128.load(near), f = v128.load(far), half = i16x8.splat(bias);
    const a = i16x8.add(i16x8.add(triple(i16x8.extend_low_i8x16_u(n)), i16x8.extend_low_i8x16_u(f)), half);
    const b = i16x8.add(i16x8.add(triple(i16x8.extend_high_i8x16_u(n)), i16x8.extend_high_i8x16_u(f)), half);
    v128.store(out, i8x16.narrow_i16x8_u(i16x8.shr_u(a, 2), i16x8.shr_u(b, 2)));
  }
}

// @ts-ignore: decorator
@inline
function triple(x: v128): v128 {
  return i16x8.add(i16x8.add(x, x), x);
}

/** sums[x] = 3·near[x] + far[x] as u16, the first and the last once more beyond the edges. */
function add_rows(sums: usize, near: usize, far: usize, width: usize): void {
  for (let x: usize = 0; x < width; x += 16) {
    const n = v128.load(near + x), f = v128.load(far + x), to = sums + (x << 1);
    v128.store(to, i16x8.add(triple(i16x8.extend_low_i8x16_u(n)), i16x8.extend_low_i8x16_u(f)));
    v128.store(to, i16x8.add(triple(i16x8.extend_high_i8x16_u(n)), i16x8.extend_high_i8x16_u(f)), 16);
  }
  extend_edges(sums, width);
}

function extend(sums: usize, row: usize, width: usize): void {
  for (let x: usize = 0; x < width; x += 16) {
    const r = v128.load(row + x), to = sums + (x << 1);
    v128.store(to, i16x8.extend_low_i8x16_u(r));
    v128.store(to, i16x8.extend_high_i8x16_u(r), 16);
  }
  extend_edges(sums, width);
}

function extend_edges(sums: usize, width: usize): void {
  store<u16>(sums - 2, load<u16>(sums));
  store<u16>(sums + (width << 1), load<u16>(sums + (width << 1) - 2));
}

/**
 * Twice as many columns: (3·here + left + bias) and (3·here + right + other bias), over 2^shift. The two biases, which
 * libjpeg alternates so that rounding has no drift, add up to 2^shift − 1.
 */
function widen(out: usize, sums: usize, width: usize, bias: i16, shift: i32): void {
  const left = i16x8.splat(bias), right = i16x8.splat(<i16>((<i32>1 << shift) - 1) - bias);
  for (const end = sums + (width << 1); sums < end; sums += 16, out += 16) {
    const here = triple(v128.load(sums));
    const a = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load(sums - 2)), left), shift);
    const b = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load(sums + 2)), right), shift);
    v128.store(out, v128.or(a, i16x8.shl(b, 8)));
  }
}

function repeat(out: usize, row: usize, width: usize, factor: usize): void {
  for (const end = row + width; row < end; ++row, out += factor) memory.fill(out, load<u8>(row), factor);
}
