// out = x resized, no antialias: output i of an axis is at max((i + ½)·in/out − ½, 0) of its input, with aligned corners at
// i·(in − 1)/(out − 1), in single precision as torch has it, and is near·x[⌊·⌋] + far·x[⌊·⌋ + 1]. Columns first, then rows.
import { madd } from "../simd/lanes";
import { load_some, store_some } from "../simd/part";

/** Image rows [begin, end) of out; `add` 1 adds to the values there, `aligned` 1 puts corners on corners. */
export function resize_bilinear(
  begin: usize, end: usize, out: usize, outRowStride: usize, outPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize,
  outHeight: usize, outWidth: usize, height: usize, width: usize, cols: usize, add: i32, aligned: i32,
): void {
  const yRatio = ratio(height, outHeight, aligned), xRatio = ratio(width, outWidth, aligned);
  // image rows of out, then pixels
  for (let i = begin; i < end; ++i) {
    const v = source(i, yRatio, aligned), y0 = min<usize>(<usize>v, height - 1), y1 = min<usize>(y0 + 1, height - 1);
    const top = x + (y0 * xRowStride << 2), bottom = x + (y1 * xRowStride << 2);
    let to = out + (i * outRowStride << 2);
    for (let j: usize = 0; j < outWidth; ++j, to += outPixelStride << 2) {
      const u = source(j, xRatio, aligned), x0 = min<usize>(<usize>u, width - 1), x1 = min<usize>(x0 + 1, width - 1);
      const left = x0 * xPixelStride << 2, right = x1 * xPixelStride << 2;
      mix(
        to, top + left, top + right, bottom + left, bottom + right,
        min<f32>(u - <f32>x0, 1), min<f32>(v - <f32>y0, 1), cols, add,
      );
    }
  }
}

/** Input pixels from one output pixel to the next. */
// @ts-ignore: decorator
@inline
export function ratio(size: usize, outSize: usize, aligned: i32): f32 {
  if (!aligned) return <f32>size / <f32>outSize;
  return outSize > 1 ? <f32>(size - 1) / <f32>(outSize - 1) : 0;
}

/** Rounded to f32 once, as torch's build contracts it. */
// @ts-ignore: decorator
@inline
export function source(i: usize, ratio: f32, aligned: i32): f32 {
  if (aligned) return ratio * <f32>i;
  return max<f32>(<f32>(<f64>ratio * (<f64>i + 0.5) - 0.5), 0);
}

/** out = (a·(1 − u) + b·u)·(1 − v) + (c·(1 − u) + d·u)·v over the channels. */
// @ts-ignore: decorator
@inline
function mix(out: usize, a: usize, b: usize, c: usize, d: usize, u: f32, v: f32, cols: usize, add: i32): void {
  const x1 = f32x4.splat(u), x0 = f32x4.splat(1 - u), y1 = f32x4.splat(v), y0 = f32x4.splat(1 - v);
  // four channels at a time
  for (let i: usize = 0; i < cols; i += 4) {
    const at = i << 2, count = min(4, cols - i);
    const upper = madd(load_some(a + at, count), x0, f32x4.mul(load_some(b + at, count), x1));
    const lower = madd(load_some(c + at, count), x0, f32x4.mul(load_some(d + at, count), x1));
    const value = madd(upper, y0, f32x4.mul(lower, y1));
    store_some(out + at, add ? f32x4.add(load_some(out + at, count), value) : value, count);
  }
}
