// What instructions compute in this engine on this processor where the standard leaves it open, and what follows for the
// micro-kernels. Each probe loads its operands from memory, at `scratch`, so that no compiler computes it in advance.
import { form, Form, set_form } from "./gemm/forms";

/**
 * Chooses the form of the micro-kernels for this processor and returns it. Lanes on ARM; pairs where the dot by four takes five
 * instructions and the dot by pairs is exact (V8 12.4 and 13.6 compute it wrong without AVX).
 */
export function choose_form(scratch: usize): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) set_form(nan_is_positive(scratch) ? Form.lanes : Form.splat);
  else {
    const extremes = dot_of_extremes(scratch);
    if (extremes == 512) set_form(Form.lanes);
    else set_form(extremes == -65536 && pairs_are_exact(scratch) ? Form.pairs : Form.splat);
  }
  return form;
}

/** Whether 0/0 has no sign, as on ARM; x64 sets it. */
function nan_is_positive(scratch: usize): bool {
  v128.store(scratch, i32x4.splat(0));
  const zero = v128.load(scratch);
  return i32x4.extract_lane(f32x4.div(zero, zero), 0) >= 0;
}

/** Values that expose engines which saturate, or which take the first operand as unsigned. */
// @ts-ignore: decorator
@inline
function a_of(i: i32): i32 {
  return i % 5 == 0 ? -128 : i % 5 == 1 ? 127 : (i * 37 & 255) - 128;
}

// @ts-ignore: decorator
@inline
function b_of(i: i32): i32 {
  return i % 3 < 2 ? 127 : i * 11 & 127;
}

/** 16 bytes a, then 16 bytes b. */
function store_operands(scratch: usize, round: i32): void {
  for (let i = 0; i < 16; ++i) {
    store<i8>(scratch + i, <i8>a_of(round * 16 + i));
    store<i8>(scratch + 16 + i, <i8>b_of(round * 7 + i));
  }
}

/** Σ a·b of bytes begin … end − 1. */
function exact_sum(scratch: usize, begin: i32, end: i32): i32 {
  let sum = 0;
  for (let i = begin; i < end; ++i) sum += <i32>load<i8>(scratch + i) * <i32>load<u8>(scratch + 16 + i);
  return sum;
}

/**
 * 1 when the dot of 16 × 16 bytes is exact, by four with extreme sums, as the kernels need it: signed bytes −128..127
 * times bytes 0..127, of which no pair of products leaves an i16. The strict build does not use it.
 */
export function dot_is_exact(scratch: usize): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 1;
  // rounds with other operands and other sums
  for (let round = 0; round < 16; ++round) {
    store_operands(scratch, round);
    const start = round << 24;
    const sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(scratch), v128.load(scratch, 16), i32x4.splat(start));
    v128.store(scratch, sums, 32);
    for (let lane = 0; lane < 4; ++lane) {
      const exact = start + exact_sum(scratch, lane << 2, lane + 1 << 2);
      if (load<i32>(scratch + (lane << 2), 32) != exact) return 0;
    }
  }
  return 1;
}

/** The same by pairs, which V8 12.4 and 13.6 compute wrong without AVX. */
export function pairs_are_exact(scratch: usize): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 1;
  // rounds with other operands
  for (let round = 0; round < 16; ++round) {
    store_operands(scratch, round);
    v128.store(scratch, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(scratch), v128.load(scratch, 16)), 32);
    for (let lane = 0; lane < 8; ++lane) {
      const exact = exact_sum(scratch, lane << 1, lane + 1 << 1);
      if (<i32>load<i16>(scratch + (lane << 1), 32) != exact) return 0;
    }
  }
  return 1;
}

/**
 * Four times −128·−1 by the relaxed dot, whose second operand is outside of the contract: 512 where it is signed (ARM),
 * −130560 where it is unsigned (x64 with AVX-VNNI, one instruction), −65536 where pairs of those saturate (x64, five
 * instructions in V8 and JavaScriptCore). 0 in the strict build.
 */
export function dot_of_extremes(scratch: usize): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 0;
  v128.store(scratch, i8x16.splat(-128));
  v128.store(scratch, i8x16.splat(-1), 16);
  const sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(scratch), v128.load(scratch, 16), i32x4.splat(0));
  return i32x4.extract_lane(sums, 0);
}

/** 1 when the relaxed multiply-add rounds once: (1 + 2⁻¹²)² − (1 + 2⁻¹¹) is 2⁻²⁴, and 0 with two roundings. */
export function madd_is_fused(scratch: usize): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 0;
  v128.store(scratch, f32x4.splat(1.000244140625));
  v128.store(scratch, f32x4.splat(-1.00048828125), 16);
  const x = v128.load(scratch);
  return i32(f32x4.extract_lane(f32x4.relaxed_madd(x, x, v128.load(scratch, 16)), 0) != 0);
}
