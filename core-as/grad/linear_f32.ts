// The linear layers of training: f32 alone, so that the module needs no integer products and runs on every engine with SIMD.
import { gemm_scratch } from "../gemm/gemm";
import { run_units } from "../gemm/linear";
import { F32Panel } from "../gemm/panel_f32";
import { units_of } from "../gemm/partition";
import { mr_f32 } from "../gemm/shape";

/** Units [begin, end) of a layer over `rows` rows, with the panels of `pack.ts`; strides in floats. */
export function linear_f32(
  begin: usize, end: usize, rows: usize, out: usize, outStride: usize, x: usize, xStride: usize,
  w: usize, n: usize, k: usize, scale: usize, shift: usize, epilogue: i32, scratch: usize,
): void {
  run_units<F32Panel>(begin, end, rows, out, outStride, x, xStride, w, n, k, scale, shift, epilogue, scratch);
}

/** Units of a layer over so many rows. */
export function linear_units_f32(rows: usize): usize {
  return units_of(rows, mr_f32());
}

/** Bytes of one thread's scratch for a layer of k inputs. */
export function linear_scratch_f32(k: usize): usize {
  return gemm_scratch<F32Panel>(k);
}
