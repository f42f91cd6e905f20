// One pass over the `cols` floats of a row. Sums go through lanes in an order that only `cols` decides.
import { exp } from "./exp";
import { fill_part, load_part, store_part } from "./part";
import { max, sum } from "./reduce";

/** Σ x. */
export function row_sum(x: usize, cols: usize): f32 {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  const wide = x + ((cols & ~15) << 2), whole = x + ((cols & ~3) << 2);
  // 16 columns at a time in four sums
  for (; x < wide; x += 64) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x, 16));
    c = f32x4.add(c, v128.load(x, 32));
    d = f32x4.add(d, v128.load(x, 48));
  }
  for (; x < whole; x += 16) a = f32x4.add(a, v128.load(x));
  if (cols & 3) b = f32x4.add(b, load_part(x, cols & 3));
  return sum(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** max x; −Infinity if there is no number. */
export function row_max(x: usize, cols: usize): f32 {
  const lowest = f32x4.splat(-Infinity);
  let a = lowest, b = lowest;
  const wide = x + ((cols & ~7) << 2), whole = x + ((cols & ~3) << 2);
  // eight columns at a time
  for (; x < wide; x += 32) {
    a = f32x4.pmax(a, v128.load(x));
    b = f32x4.pmax(b, v128.load(x, 16));
  }
  for (; x < whole; x += 16) a = f32x4.pmax(a, v128.load(x));
  if (cols & 3) b = f32x4.pmax(b, fill_part(load_part(x, cols & 3), cols & 3, lowest));
  return max(f32x4.pmax(a, b));
}

/** out = e^(x − largest); gives Σ out. */
export function row_exp(out: usize, x: usize, cols: usize, largest: f32): f32 {
  const m = f32x4.splat(largest);
  let total = f32x4.splat(0);
  const whole = x + ((cols & ~3) << 2);
  // four columns at a time
  for (; x < whole; x += 16, out += 16) {
    const e = exp(f32x4.sub(v128.load(x), m));
    v128.store(out, e);
    total = f32x4.add(total, e);
  }
  if (cols & 3) {
    const e = exp(f32x4.sub(load_part(x, cols & 3), m));
    store_part(out, e, cols & 3);
    total = f32x4.add(total, fill_part(e, cols & 3, f32x4.splat(0)));
  }
  return sum(total);
}

/** out = x·factor. */
export function row_scale(out: usize, x: usize, cols: usize, factor: f32): void {
  const f = f32x4.splat(factor);
  const whole = x + ((cols & ~3) << 2);
  for (; x < whole; x += 16, out += 16) v128.store(out, f32x4.mul(v128.load(x), f));
  if (cols & 3) store_part(out, f32x4.mul(load_part(x, cols & 3), f), cols & 3);
}

/** out = x. */
export function row_copy(out: usize, x: usize, cols: usize): void {
  const whole = x + ((cols & ~3) << 2);
  for (; x < whole; x += 16, out += 16) v128.store(out, v128.load(x));
  if (cols & 3) store_part(out, load_part(x, cols & 3), cols & 3);
}
