import { load_some, store_some } from "../simd/part";
import { kept } from "./dropout";

/** out = x ⊙ kept over a row whose first element is number `first`. */
export function drop_row(out: usize, x: usize, cols: usize, first: usize, rate: f32, key0: i32, key1: i32): void {
  for (let c: usize = 0; c < cols; c += 4) {
    const n = min<usize>(4, cols - c), at = c << 2;
    store_some(out + at, f32x4.mul(load_some(x + at, n), kept(first + c, rate, key0, key1)), n);
  }
}
