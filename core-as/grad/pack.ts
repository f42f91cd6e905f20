// The three packings by which one product serves a layer and both of its gradients: y = x·Wᵀ packs the rows of W,
// dx = dy·W its columns, and dW = dyᵀ·x the columns of x, beside the transpose of dy. Panels are [⌈n/NR⌉, k, NR].
import { nr_f32 } from "../gemm/shape";
import { widen_f16 } from "../simd/narrow";
import { load_some, store_some } from "../simd/part";

/** Panels [begin, end) of W [n, k] for x·Wᵀ; rows beyond the last are 0. Strides in floats. */
export function pack_panels(begin: usize, end: usize, to: usize, w: usize, wStride: usize, n: usize, k: usize): void {
  for (let panel = begin; panel < end; ++panel) {
    for (let lane: usize = 0; lane < nr_f32(); ++lane) {
      const row = panel * nr_f32() + lane, from = w + (row * wStride << 2);
      let at = to + (panel * k * nr_f32() + lane << 2);
      // along k: one column of the panel
      for (let p: usize = 0; p < k; ++p, at += nr_f32() << 2) store<f32>(at, row < n ? load<f32>(from + (p << 2)) : 0);
    }
  }
}

/**
 * Panels [begin, end) of x [k, n] for ·x, that is of the transpose of x as {@link pack_panels} would pack it; row p is
 * multiplied by `factors[p]`, or kept when `factors` is 0.
 */
export function pack_columns(
  begin: usize, end: usize, to: usize, x: usize, xStride: usize, n: usize, k: usize, factors: usize,
): void {
  for (let panel = begin; panel < end; ++panel) {
    const column = panel * nr_f32();
    let at = to + (panel * k * nr_f32() << 2), from = x + (column << 2);
    // along k: one row of the panel, NR neighbouring columns of x
    for (let p: usize = 0; p < k; ++p, from += xStride << 2) {
      const factor = factors ? v128.load32_splat(factors + (p << 2)) : f32x4.splat(1);
      for (let c: usize = 0; c < nr_f32(); c += 4, at += 16) {
        const left = n > column + c ? min<usize>(4, n - column - c) : 0;
        v128.store(at, left ? f32x4.mul(load_some(from + (c << 2), left), factor) : f32x4.splat(0));
      }
    }
  }
}

/** {@link pack_panels} of frozen weights that are kept as f16, row by row without gaps. */
export function pack_panels_f16(begin: usize, end: usize, to: usize, w: usize, n: usize, k: usize): void {
  for (let panel = begin; panel < end; ++panel) {
    for (let lane: usize = 0; lane < nr_f32(); ++lane) {
      const row = panel * nr_f32() + lane, from = w + (row * k << 1);
      let at = to + (panel * k * nr_f32() + lane << 2);
      // along k: one column of the panel
      for (let p: usize = 0; p < k; ++p, at += nr_f32() << 2) store<f32>(at, row < n ? widened(from + (p << 1)) : 0);
    }
  }
}

// @ts-ignore: decorator
@inline
function widened(from: usize): f32 {
  return f32x4.extract_lane(widen_f16(i32x4.splat(load<u16>(from))), 0);
}

/** {@link pack_columns} of frozen weights [k, n] that are kept as f16, row by row without gaps. */
export function pack_columns_f16(
  begin: usize, end: usize, to: usize, w: usize, n: usize, k: usize, factors: usize,
): void {
  for (let panel = begin; panel < end; ++panel) {
    const column = panel * nr_f32();
    let at = to + (panel * k * nr_f32() << 2), from = w + (column << 1);
    // along k: one row of the panel, NR neighboring columns of W
    for (let p: usize = 0; p < k; ++p, from += n << 1) {
      const factor: f32 = load<f32>(factors + (p << 2));
      for (let c: usize = 0; c < nr_f32(); ++c, at += 4) {
        store<f32>(at, n > column + c ? factor * widened(from + (c << 1)) : 0);
      }
    }
  }
}

/** Rows [begin, end) of out [cols, rows] = the columns of x [rows, cols]. Strides in floats. */
export function transpose(
  begin: usize, end: usize, out: usize, outStride: usize, x: usize, xStride: usize, rows: usize,
): void {
  for (let column = begin; column < end; column += 4) {
    const count = min<usize>(4, end - column);
    let i: usize = 0;
    // four rows of x at a time
    for (; i < rows; i += 4) block(out + (column * outStride + i << 2), outStride << 2, x + (i * xStride + column << 2), xStride << 2, min<usize>(4, rows - i), count);
  }
}

/** A block of `rows` × `count`, each at most 4, transposed. */
// @ts-ignore: decorator
@inline
function block(to: usize, step: usize, from: usize, stride: usize, rows: usize, count: usize): void {
  const none = f32x4.splat(0);
  const a = load_some(from, count);
  const b = rows > 1 ? load_some(from + stride, count) : none;
  const c = rows > 2 ? load_some(from + 2 * stride, count) : none;
  const d = rows > 3 ? load_some(from + 3 * stride, count) : none;
  const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  store_some(to, v128.shuffle<f64>(ab01, cd01, 0, 2), rows);
  if (count > 1) store_some(to + step, v128.shuffle<f64>(ab01, cd01, 1, 3), rows);
  if (count > 2) store_some(to + 2 * step, v128.shuffle<f64>(ab23, cd23, 0, 2), rows);
  if (count > 3) store_some(to + 3 * step, v128.shuffle<f64>(ab23, cd23, 1, 3), rows);
}

/**
 * Panels [begin, end) of the 3×3 convolution that takes dy to dx: those of W' [c, 3·3·n] with W'[i][t][o] = W[o][8 − t][i]
 * for W [n, 3·3·c].
 */
export function pack_flipped(begin: usize, end: usize, to: usize, w: usize, n: usize, c: usize): void {
  for (let panel = begin; panel < end; ++panel) {
    const column = panel * nr_f32();
    let at = to + (panel * 9 * n * nr_f32() << 2);
    // taps from the last, then the channels of dy: one row of the panel each
    for (let tap: usize = 9; tap-- > 0; ) {
      for (let row: usize = 0; row < n; ++row) {
        const from = w + ((row * 9 + tap) * c + column << 2);
        for (let i: usize = 0; i < nr_f32(); i += 4, at += 16) {
          const left = c > column + i ? min<usize>(4, c - column - i) : 0;
          v128.store(at, left ? load_some(from + (i << 2), left) : f32x4.splat(0));
        }
      }
    }
  }
}
