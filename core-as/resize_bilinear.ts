// src = max((i + ½)·from/to − ½, 0); out = (1 − v)·((1 − u)·a + u·b) + v·((1 − u)·c + u·d), each step rounded to f32: what
// torch computes with align_corners = false, and what src/model/beit/interpolate.ts does for tables.
import { madd } from "./simd/lanes";
import { load_part, store_part } from "./simd/part";

/** Output image rows [begin, end); out and x point at pixel (0, 0). With `add` the result is added to out. */
export function resize_bilinear(
  begin: usize, end: usize, out: usize, outRowStride: usize, outPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize,
  outHeight: usize, outWidth: usize, height: usize, width: usize, cols: usize, add: bool,
): void {
  const rest = cols & 3, whole = (cols & ~3) << 2;
  for (let i = begin; i < end; ++i) {
    const sourceY = source(i, height, outHeight), top = min(<usize>sourceY, height - 1);
    const below = (min(top + 1, height - 1) - top) * xRowStride << 2;
    const v = f32x4.splat(sourceY - <f32>top), notV = f32x4.sub(f32x4.splat(1), v);
    for (let j: usize = 0; j < outWidth; ++j) {
      const sourceX = source(j, width, outWidth), left = min(<usize>sourceX, width - 1);
      const right = (min(left + 1, width - 1) - left) * xPixelStride << 2;
      const u = f32x4.splat(sourceX - <f32>left), notU = f32x4.sub(f32x4.splat(1), u);
      const to = out + ((i * outRowStride + j * outPixelStride) << 2);
      const from = x + ((top * xRowStride + left * xPixelStride) << 2);
      for (let c: usize = 0; c < whole; c += 16) {
        const p = from + c;
        const upper = madd(v128.load(p), notU, f32x4.mul(v128.load(p + right), u));
        const lower = madd(v128.load(p + below), notU, f32x4.mul(v128.load(p + below + right), u));
        const value = madd(upper, notV, f32x4.mul(lower, v));
        v128.store(to + c, add ? f32x4.add(v128.load(to + c), value) : value);
      }
      if (rest) {
        const p = from + whole;
        const upper = madd(load_part(p, rest), notU, f32x4.mul(load_part(p + right, rest), u));
        const lower = madd(load_part(p + below, rest), notU, f32x4.mul(load_part(p + below + right, rest), u));
        const value = madd(upper, notV, f32x4.mul(lower, v));
        store_part(to + whole, add ? f32x4.add(load_part(to + whole, rest), value) : value, rest);
      }
    }
  }
}

/** Where along an axis of `from` pixels output pixel i of `to` lies. */
// @ts-ignore: decorator
@inline
function source(i: usize, from: usize, to: usize): f32 {
  const ratio = <f32>from / <f32>to;
  return max<f32>((<f32>i + 0.5) * ratio - 0.5, 0);
}
