// Intra prediction of 4 × 4 subblocks (RFC 6386, section 12.3). The thirteen neighbors are one row, from the lowest to the
// left over the corner to the last above and to the right: most modes take averages of two or three of them in sequence.
import {
  B_DC_PRED, B_HD_PRED, B_HE_PRED, B_HU_PRED, B_LD_PRED, B_RD_PRED, B_TM_PRED, B_VE_PRED, B_VL_PRED, B_VR_PRED,
} from "./modes";

/** [16] neighbors: four to the left from below, the corner, four above, four above and to the right, the last again. */
const EDGE = memory.data(16, 16);
/** [16]: the average of neighbors i and i + 1. */
const TWO = memory.data(16, 16);
/** [16]: the average of neighbors i, i + 1 (twice) and i + 2. */
const THREE = memory.data(16, 16);

const CORNER = 4, ABOVE = 5;

/** Predicts the subblock at `to`; `right` is where its four neighbors above and to the right are. */
export function predict_subblock(mode: i32, to: usize, stride: usize, right: usize): void {
  for (let y: usize = 0; y < 4; ++y) store<u8>(EDGE + 3 - y, load<u8>(to - 1 + y * stride));
  store<u8>(EDGE, load<u8>(to - stride - 1), CORNER);
  store<u32>(EDGE, load<u32>(to - stride), ABOVE);
  store<u32>(EDGE, load<u32>(right), ABOVE + 4);
  store<u8>(EDGE, load<u8>(right, 3), ABOVE + 8);
  if (mode == B_DC_PRED) return fill_mean(to, stride);
  if (mode == B_TM_PRED) return true_motion(to, stride);
  average();
  switch (mode) {
    case B_VE_PRED: return put(to, stride, row(THREE, 4), row(THREE, 4), row(THREE, 4), row(THREE, 4));
    case B_HE_PRED: return put(to, stride, all(three(2)), all(three(1)), all(three(0)), all(lowest()));
    case B_LD_PRED: return put(to, stride, row(THREE, 5), row(THREE, 6), row(THREE, 7), row(THREE, 8));
    case B_RD_PRED: return put(to, stride, row(THREE, 3), row(THREE, 2), row(THREE, 1), row(THREE, 0));
    case B_VR_PRED: {
      const even = row(TWO, 4), odd = row(THREE, 3);
      return put(to, stride, even, odd, even << 8 | three(2), odd << 8 | three(1));
    }
    case B_VL_PRED: {
      const even = row(TWO, 6) & 0xffffff, odd = row(THREE, 6) & 0xffffff;
      return put(to, stride, row(TWO, 5), row(THREE, 5), even | three(9) << 24, odd | three(10) << 24);
    }
    case B_HD_PRED: {
      const a = two(3) | three(3) << 8 | three(4) << 16 | three(5) << 24;
      const b = a << 16 | two(2) | three(2) << 8;
      const c = b << 16 | two(1) | three(1) << 8;
      return put(to, stride, a, b, c, c << 16 | two(0) | three(0) << 8);
    }
    case B_HU_PRED: {
      const last = <u32>load<u8>(EDGE);
      const a = two(2) | three(1) << 8 | two(1) << 16 | three(0) << 24;
      const b = a >> 16 | two(0) << 16 | lowest() << 24;
      return put(to, stride, a, b, b >> 16 | last << 16 | last << 24, all(last));
    }
  }
}

/** All averages at once; those of three are exact: the average of the outer two, rounded down, with the middle one. */
// @ts-ignore: decorator
@inline
function average(): void {
  const a = v128.load(EDGE);
  const b = i8x16.shuffle(a, a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15);
  const c = i8x16.shuffle(a, a, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15, 15);
  const outer = i8x16.sub(i8x16.avgr_u(a, c), v128.and(v128.xor(a, c), i8x16.splat(1)));
  v128.store(TWO, i8x16.avgr_u(a, b));
  v128.store(THREE, i8x16.avgr_u(outer, b));
}

// @ts-ignore: decorator
@inline
function row(averages: usize, at: usize): u32 {
  return load<u32>(averages + at);
}
// @ts-ignore: decorator
@inline
function two(at: usize): u32 {
  return load<u8>(TWO + at);
}
// @ts-ignore: decorator
@inline
function three(at: usize): u32 {
  return load<u8>(THREE + at);
}

/** The average of three at the lower end, where the last neighbor counts twice more. */
// @ts-ignore: decorator
@inline
function lowest(): u32 {
  return <u32>load<u8>(EDGE, 1) + 3 * <u32>load<u8>(EDGE) + 2 >> 2;
}

// @ts-ignore: decorator
@inline
function all(pixel: u32): u32 {
  return 0x01010101 * pixel;
}

// @ts-ignore: decorator
@inline
function put(to: usize, stride: usize, a: u32, b: u32, c: u32, d: u32): void {
  store<u32>(to, a);
  store<u32>(to + stride, b);
  store<u32>(to + 2 * stride, c);
  store<u32>(to + 3 * stride, d);
}

function fill_mean(to: usize, stride: usize): void {
  let sum: u32 = 4;
  for (let i: usize = 0; i < 4; ++i) sum += <u32>load<u8>(EDGE + i) + <u32>load<u8>(EDGE + i, ABOVE);
  const pixels = all(sum >> 3);
  put(to, stride, pixels, pixels, pixels, pixels);
}

function true_motion(to: usize, stride: usize): void {
  const above = i16x8.extend_low_i8x16_u(v128.load32_zero(EDGE + ABOVE));
  const differences = i16x8.sub(above, i16x8.splat(load<u8>(EDGE, CORNER)));
  for (let y: usize = 0; y < 4; ++y, to += stride) {
    const sum = i16x8.add(differences, i16x8.splat(load<u8>(EDGE + 3 - y)));
    v128.store32_lane(to, i8x16.narrow_i16x8_u(sum, sum), 0);
  }
}
