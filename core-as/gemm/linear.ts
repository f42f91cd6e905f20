// The linear layers of all weight formats: out = epilogue(scale ⊙ (x·Wᵀ) + shift), W [n, k] kept as `dtype`.
// f32: sums run over k in order, each product and each sum rounded once. f16 and bf16 are widened exactly, a panel at a time.
// q8 and q4: Σ_p (q_x − zero)·q_w is exact in integers, so every build gives the same bits.
import { gemm, gemm_scratch } from "./gemm";
import { pack_values, unpack_values } from "./pack_f32";
import { pack_raw_q4, pack_rows_q4, unpack_raw_q4, unpack_rows_q4 } from "./pack_q4";
import { pack_raw_q8, pack_rows_q8, unpack_raw_q8, unpack_rows_q8 } from "./pack_q8";
import { BF16Panel, F16Panel, F32Panel } from "./panel_f32";
import { Q4Panel } from "./panel_q4";
import { Q8Panel } from "./panel_q8";
import { part_begin, units_of } from "./partition";
import { mr_f32, MR_Q8 } from "./shape";

/** The order of DTYPES in src/dtype.ts. */
const enum Dtype { f32, f16, bf16, q8, q4 }

/** Units [begin, end) of a layer over `rows` rows; strides in floats. */
export function linear(
  begin: usize, end: usize, rows: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, dtype: i32, scratch: usize,
): void {
  switch (dtype) {
    case Dtype.f32: run_units<F32Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch); break;
    case Dtype.f16: run_units<F16Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch); break;
    case Dtype.bf16: run_units<BF16Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch); break;
    case Dtype.q8: run_units<Q8Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch); break;
    case Dtype.q4: run_units<Q4Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch); break;
  }
}

/** {@link linear} for one format. Parts of which all tiles are due are computed together. */
export function run_units<P>(
  begin: usize, end: usize, rows: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  assert(begin <= end, "units must run from begin to end");
  const mr = changetype<P>(0).mr(), nr = changetype<P>(0).nr(), tiles = (rows + mr - 1) / mr;
  // units: the rest of a part, whole parts, or the first tiles of a part
  for (let unit = begin, next = unit; unit < end; unit = next) {
    const part = unit / tiles, tile = unit % tiles, whole = tile == 0 ? (end - unit) / tiles : 0;
    next = whole ? unit + whole * tiles : min(end, unit + tiles - tile);
    const last = whole ? rows : min(rows, (tile + next - unit) * mr);
    const column = part_begin(part, n, nr), columnEnd = part_begin(part + max(whole, 1), n, nr), offset = column << 2;
    gemm<P>(
      tile * mr, last, usize.MAX_VALUE, out + offset, 0, outStride << 2, x, 0, xStride << 2, 1, 0,
      w + column / nr * changetype<P>(0).panel_bytes(k), min(columnEnd, n) - column, k,
      scale ? scale + offset : 0, shift ? shift + offset : 0, epilogue, scratch,
    );
  }
}

/** Units of a layer over so many rows. */
export function linear_units(rows: usize, dtype: i32): usize {
  return units_of(rows, dtype >= Dtype.q8 ? MR_Q8 : mr_f32());
}

/** Bytes of n × k packed weights, a multiple of 64. */
export function linear_bytes(n: usize, k: usize, dtype: i32): usize {
  switch (dtype) {
    case Dtype.f32: return packed_bytes<F32Panel>(n, k);
    case Dtype.f16: return packed_bytes<F16Panel>(n, k);
    case Dtype.bf16: return packed_bytes<BF16Panel>(n, k);
    case Dtype.q8: return packed_bytes<Q8Panel>(n, k);
    default: return packed_bytes<Q4Panel>(n, k);
  }
}

// @ts-ignore: decorator
@inline
function packed_bytes<P>(n: usize, k: usize): usize {
  const nr = changetype<P>(0).nr();
  return ((n + nr - 1) / nr * changetype<P>(0).panel_bytes(k) + 63) & ~63;
}

/** Bytes of one thread's scratch for a layer of k inputs. */
export function linear_scratch(k: usize, dtype: i32): usize {
  switch (dtype) {
    case Dtype.f32: return gemm_scratch<F32Panel>(k);
    case Dtype.f16: return gemm_scratch<F16Panel>(k);
    case Dtype.bf16: return gemm_scratch<BF16Panel>(k);
    case Dtype.q8: return gemm_scratch<Q8Panel>(k);
    default: return gemm_scratch<Q4Panel>(k);
  }
}

/** Packs rows [begin, end) from src [end − begin, k], f32, into w. */
export function pack(begin: usize, end: usize, w: usize, src: usize, n: usize, k: usize, dtype: i32): void {
  switch (dtype) {
    case Dtype.f32: pack_values<F32Panel>(begin, end, w, src, n, k); break;
    case Dtype.f16: pack_values<F16Panel>(begin, end, w, src, n, k); break;
    case Dtype.bf16: pack_values<BF16Panel>(begin, end, w, src, n, k); break;
    case Dtype.q8: pack_rows_q8(begin, end, w, src, n, k); break;
    case Dtype.q4: pack_rows_q4(begin, end, w, src, n, k); break;
  }
}

/** Rows [begin, end) of w as f32 into dst [end − begin, k]. */
export function unpack(begin: usize, end: usize, dst: usize, w: usize, k: usize, dtype: i32): void {
  switch (dtype) {
    case Dtype.f32: unpack_values<F32Panel>(begin, end, dst, w, k); break;
    case Dtype.f16: unpack_values<F16Panel>(begin, end, dst, w, k); break;
    case Dtype.bf16: unpack_values<BF16Panel>(begin, end, dst, w, k); break;
    case Dtype.q8: unpack_rows_q8(begin, end, dst, w, k); break;
    case Dtype.q4: unpack_rows_q4(begin, end, dst, w, k); break;
  }
}

/** Rows [begin, end) that were quantized before, as {@link unpack_quantized} gives them. */
export function pack_quantized(
  begin: usize, end: usize, w: usize, bytes: usize, scales: usize, n: usize, k: usize, dtype: i32,
): void {
  if (dtype == Dtype.q8) pack_raw_q8(begin, end, w, bytes, scales, n, k);
  else pack_raw_q4(begin, end, w, bytes, scales, n, k);
}

/** The bytes and the scales of rows [begin, end) of quantized weights. */
export function unpack_quantized(
  begin: usize, end: usize, bytes: usize, scales: usize, w: usize, k: usize, dtype: i32,
): void {
  if (dtype == Dtype.q8) unpack_raw_q8(begin, end, bytes, scales, w, k);
  else unpack_raw_q4(begin, end, bytes, scales, w, k);
}
