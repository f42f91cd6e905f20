// The gradients of pooling and resizing: each adds to dx what the ops in core-as/maps spread over out. Image rows of dx, and
// of out in max_pool_backward, belong to one thread each, and within them sums run over out row by row.
import { ratio, source } from "../maps/resize_bilinear";
import { madd } from "../simd/lanes";
import { load_some, store_some } from "../simd/part";

/** Image rows [begin, end) of out. The first largest of every 2×2 pixels of x gets the gradient. */
export function max_pool_backward(
  begin: usize, end: usize, dx: usize, dxRowStride: usize, dxPixelStride: usize,
  dy: usize, dyRowStride: usize, dyPixelStride: usize,
  x: usize, xRowStride: usize, xPixelStride: usize, width: usize, cols: usize,
): void {
  const below = xRowStride << 2, right = xPixelStride << 2, dBelow = dxRowStride << 2, dRight = dxPixelStride << 2;
  // image rows of out, then pixels, then four channels at a time
  for (let y = begin; y < end; ++y) {
    let d = dy + (y * dyRowStride << 2), from = x + 2 * y * below, to = dx + 2 * y * dBelow;
    for (let i: usize = 0; i < width; ++i, d += dyPixelStride << 2, from += 2 * right, to += 2 * dRight) {
      for (let c: usize = 0; c < cols; c += 4) {
        const at = c << 2, count = min<usize>(4, cols - c), g = load_some(d + at, count), p = from + at, q = to + at;
        const v0 = load_some(p, count), v1 = load_some(p + right, count);
        const v2 = load_some(p + below, count), v3 = load_some(p + below + right, count);
        const most = f32x4.max(f32x4.max(v0, v1), f32x4.max(v2, v3));
        const m0 = f32x4.eq(v0, most);
        const m1 = v128.andnot(f32x4.eq(v1, most), m0), seen = v128.or(m0, m1);
        const m2 = v128.andnot(f32x4.eq(v2, most), seen);
        const m3 = v128.andnot(f32x4.eq(v3, most), v128.or(seen, m2));
        add(q, v128.and(g, m0), count);
        add(q + dRight, v128.and(g, m1), count);
        add(q + dBelow, v128.and(g, m2), count);
        add(q + dBelow + dRight, v128.and(g, m3), count);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function add(to: usize, value: v128, count: usize): void {
  store_some(to, f32x4.add(load_some(to, count), value), count);
}

/** Image rows [begin, end) of dx. Bins may share pixels: a pixel sums over its bins, row by row. */
export function adaptive_avg_pool_backward(
  begin: usize, end: usize, dx: usize, dxRowStride: usize, dxPixelStride: usize,
  dy: usize, dyRowStride: usize, dyPixelStride: usize,
  outHeight: usize, outWidth: usize, height: usize, width: usize, cols: usize,
): void {
  // image rows of dx, then the bins that have a part in them
  for (let y = begin; y < end; ++y) {
    for (let i: usize = 0; i < outHeight; ++i) {
      const top = i * height / outHeight, bottom = ((i + 1) * height + outHeight - 1) / outHeight;
      if (y < top || y >= bottom) continue;
      for (let j: usize = 0; j < outWidth; ++j) {
        const left = j * width / outWidth, right = ((j + 1) * width + outWidth - 1) / outWidth;
        const share = f32x4.splat(1 / <f32>((bottom - top) * (right - left)));
        const d = dy + (i * dyRowStride + j * dyPixelStride << 2);
        // pixels of the bin, then four channels at a time
        for (let k = left; k < right; ++k) {
          const to = dx + (y * dxRowStride + k * dxPixelStride << 2);
          for (let c: usize = 0; c < cols; c += 4) {
            const count = min<usize>(4, cols - c);
            add(to + (c << 2), f32x4.mul(load_some(d + (c << 2), count), share), count);
          }
        }
      }
    }
  }
}

/** Image rows [begin, end) of dx; the weights are those of `resize_bilinear`. */
export function resize_bilinear_backward(
  begin: usize, end: usize, dx: usize, dxRowStride: usize, dxPixelStride: usize,
  dy: usize, dyRowStride: usize, dyPixelStride: usize,
  outHeight: usize, outWidth: usize, height: usize, width: usize, cols: usize, aligned: i32,
): void {
  const yRatio = ratio(height, outHeight, aligned), xRatio = ratio(width, outWidth, aligned);
  // image rows of dx, then the rows of out that read them
  for (let y = begin; y < end; ++y) {
    const row = dx + (y * dxRowStride << 2);
    for (let i: usize = 0; i < outHeight; ++i) {
      const v = source(i, yRatio, aligned), y0 = min<usize>(<usize>v, height - 1), y1 = min<usize>(y0 + 1, height - 1);
      if (y != y0 && y != y1) continue;
      const far = min<f32>(v - <f32>y0, 1);
      const weight: f32 = (y == y0 ? 1 - far : 0) + (y == y1 ? far : 0);
      spread_row(row, dxPixelStride, dy + (i * dyRowStride << 2), dyPixelStride, outWidth, width, cols, xRatio, weight, aligned);
    }
  }
}

/** Adds `weight` times a row of out to the pixels of dx that it is made of. */
function spread_row(
  dx: usize, dxPixelStride: usize, dy: usize, dyPixelStride: usize,
  outWidth: usize, width: usize, cols: usize, xRatio: f32, weight: f32, aligned: i32,
): void {
  // pixels of out, then four channels at a time
  for (let j: usize = 0; j < outWidth; ++j) {
    const u = source(j, xRatio, aligned), x0 = min<usize>(<usize>u, width - 1), x1 = min<usize>(x0 + 1, width - 1);
    const far = min<f32>(u - <f32>x0, 1), near = f32x4.splat(weight * (1 - far)), rest = f32x4.splat(weight * far);
    const left = dx + (x0 * dxPixelStride << 2), right = dx + (x1 * dxPixelStride << 2), d = dy + (j * dyPixelStride << 2);
    for (let c: usize = 0; c < cols; c += 4) {
      const at = c << 2, count = min<usize>(4, cols - c), g = load_some(d + at, count);
      store_some(left + at, madd(g, near, load_some(left + at, count)), count);
      store_some(right + at, madd(g, rest, load_some(right + at, count)), count);
    }
  }
}
