// Does this engine compute the integer dot as the kernels need it? Signed bytes −128..127 times bytes 0..127: no pair of
// products leaves an i16, so every conforming engine gives Σ a·b exactly.

/** Values that break engines which saturate, or which take the first operand as unsigned. */
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

/** 1 when the dot of 16 × 16 bytes, added to extreme sums, is exact. The strict build has nothing to doubt. */
export function dot_is_exact(scratch: usize): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 1;
  for (let turn = 0; turn < 16; ++turn) {
    for (let i = 0; i < 16; ++i) {
      store<i8>(scratch + i, <i8>a_of(turn * 16 + i));
      store<i8>(scratch + 16 + i, <i8>b_of(turn * 7 + i));
    }
    const start = turn << 24;
    const sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(
      v128.load(scratch), v128.load(scratch, 16), i32x4.splat(start),
    );
    v128.store(scratch, sums, 32);
    for (let lane = 0; lane < 4; ++lane) {
      let exact = start;
      for (let i = lane << 2; i < lane + 1 << 2; ++i) {
        exact += <i32>load<i8>(scratch + i) * <i32>load<u8>(scratch + 16 + i);
      }
      if (load<i32>(scratch + (lane << 2), 32) != exact) return 0;
    }
  }
  return 1;
}
