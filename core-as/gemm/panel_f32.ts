// How packed floating-point weights lie, [⌈n/NR⌉, k, NR] with padding lanes 0, and how each kind of value is read and
// written. A policy is never instantiated; its methods inline. `open` gives the address of a panel as f32 [k, NR].
import { all_normal_f16, narrow_bf16, narrow_f16, widen_bf16, widen_f16, widen_normal_f16 } from "../simd/narrow";
import { store_columns } from "../simd/transpose";
import { MR, NR } from "./shape";
import { tile_f32 } from "./microkernel_f32";

/** Read where it lies. */
@unmanaged
export class F32Panel {
  @inline size(): usize { return 4; }
  @inline mr(): usize { return MR; }
  @inline nr(): usize { return NR; }
  @inline panel_bytes(k: usize): usize { return k * NR * 4; }
  @inline rows_bytes(k: usize): usize { return 0; }
  @inline ending(epilogue: i32): i32 { return epilogue; }
  @inline rows(ins: usize, count: usize, k: usize, to: usize): void {}
  @inline tile(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
    tile_f32(acc, rows, panel, k, segments, stride);
  }
  @inline open(panel: usize, k: usize, scratch: usize): usize { return panel; }
  @inline put(to: usize, value: f32): void { store<f32>(to, value); }
  @inline get(from: usize): f32 { return load<f32>(from); }
}

/** IEEE half precision, widened into scratch eight at a time; the eight that may lie beyond an odd panel are padding. */
@unmanaged
export class F16Panel {
  @inline size(): usize { return 2; }
  @inline mr(): usize { return MR; }
  @inline nr(): usize { return NR; }
  @inline panel_bytes(k: usize): usize { return k * NR * 2; }
  @inline rows_bytes(k: usize): usize { return 0; }
  @inline ending(epilogue: i32): i32 { return epilogue; }
  @inline rows(ins: usize, count: usize, k: usize, to: usize): void {}
  @inline tile(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
    tile_f32(acc, rows, panel, k, segments, stride);
  }
  @inline open(panel: usize, k: usize, scratch: usize): usize {
    for (let to = scratch, end = scratch + k * NR * 4; to < end; to += 32, panel += 16) {
      const h = v128.load(panel), low = i32x4.extend_low_i16x8_u(h), high = i32x4.extend_high_i16x8_u(h);
      const normal = all_normal_f16(h);
      v128.store(to, normal ? widen_normal_f16(low) : widen_f16(low));
      v128.store(to, normal ? widen_normal_f16(high) : widen_f16(high), 16);
    }
    return scratch;
  }
  @inline put(to: usize, value: f32): void { store<u16>(to, narrow_f16(value)); }
  @inline get(from: usize): f32 { return f32x4.extract_lane(widen_f16(i32x4.splat(load<u16>(from))), 0); }
}

/** The upper half of an f32, widened into scratch. */
@unmanaged
export class BF16Panel {
  @inline size(): usize { return 2; }
  @inline mr(): usize { return MR; }
  @inline nr(): usize { return NR; }
  @inline panel_bytes(k: usize): usize { return k * NR * 2; }
  @inline rows_bytes(k: usize): usize { return 0; }
  @inline ending(epilogue: i32): i32 { return epilogue; }
  @inline rows(ins: usize, count: usize, k: usize, to: usize): void {}
  @inline tile(acc: usize, rows: usize, panel: usize, k: usize, segments: usize, stride: usize): void {
    tile_f32(acc, rows, panel, k, segments, stride);
  }
  @inline open(panel: usize, k: usize, scratch: usize): usize {
    for (let to = scratch, end = scratch + k * NR * 4; to < end; to += 16, panel += 8) {
      v128.store(to, widen_bf16(v128.load16x4_u(panel)));
    }
    return scratch;
  }
  @inline put(to: usize, value: f32): void { store<u16>(to, narrow_bf16(value)); }
  @inline get(from: usize): f32 { return f32x4.extract_lane(widen_bf16(i32x4.splat(load<u16>(from))), 0); }
}

/** Bytes of n × k packed weights, rounded up to a cache line. */
// @ts-ignore: decorator
@inline
export function packed_bytes<P>(n: usize, k: usize): usize {
  const nr = changetype<P>(0).nr();
  return ((n + nr - 1) / nr * changetype<P>(0).panel_bytes(k) + 63) & ~63;
}

/** Rows [begin, end) of W from src [end − begin, k] into w. */
export function pack<P>(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize): void {
  const step = NR * changetype<P>(0).size();
  for (let row = begin; row < end;) {
    let to = lane<P>(w, row, k);
    if (changetype<P>(0).size() == 4 && row % 4 == 0 && end - row >= 4) {
      pack_four(to, src, k);
      row += 4;
      src += k << 4;
    } else {
      for (let last = src + (k << 2); src < last; src += 4, to += step) changetype<P>(0).put(to, load<f32>(src));
      ++row;
    }
  }
  if (end != n) return;
  for (let row = n; row % NR != 0; ++row) {
    let to = lane<P>(w, row, k);
    for (let p: usize = 0; p < k; ++p, to += step) changetype<P>(0).put(to, 0);
  }
}

/** Four rows of f32, which lie side by side in a panel since NR is a multiple of four. */
function pack_four(to: usize, src: usize, k: usize): void {
  const row = k << 2, step = NR << 2, whole = src + (row & ~15), last = src + row;
  for (; src < whole; src += 16, to += 4 * step) {
    const a = v128.load(src), b = v128.load(src + row), c = v128.load(src + 2 * row), d = v128.load(src + 3 * row);
    store_columns(to, step, a, b, c, d, 4);
  }
  for (; src < last; src += 4, to += step) {
    for (let i: usize = 0; i < 4; ++i) store<f32>(to + (i << 2), load<f32>(src + i * row));
  }
}

/** Rows [begin, end) of w into dst [end − begin, k]. */
export function unpack<P>(begin: usize, end: usize, dst: usize, w: usize, n: usize, k: usize): void {
  const step = NR * changetype<P>(0).size();
  for (let row = begin; row < end; ++row) {
    let from = lane<P>(w, row, k);
    for (let last = dst + (k << 2); dst < last; dst += 4, from += step) store<f32>(dst, changetype<P>(0).get(from));
  }
}

/** Where the values of row `row` begin. */
// @ts-ignore: decorator
@inline
function lane<P>(w: usize, row: usize, k: usize): usize {
  return w + (row / NR * k * NR + row % NR) * changetype<P>(0).size();
}
